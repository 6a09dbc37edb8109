//! Edits of a version, and edits that are sent twice.

use http::{StatusCode, header};

use crate::shop::{Browser, key, memory, shop};

#[tokio::test]
async fn ten_requests_at_once_lose_nothing() {
    let mut browser = Browser::new(&shop(memory(), &key()));
    browser.post("/cart/USD/tea").await;
    let adds = (0..10).map(|_| {
        let mut browser = browser.clone();
        tokio::spawn(async move { browser.post("/cart/USD/tea").await.status })
    });
    for add in adds.collect::<Vec<_>>() {
        assert_eq!(add.await.expect("no panic"), StatusCode::OK);
    }
    assert_eq!(browser.get("/cart").await.quantity("tea"), 11);
}

#[tokio::test]
async fn a_stale_version_is_refused_with_the_current_cart() {
    let mut browser = Browser::new(&shop(memory(), &key()));
    let seen = browser.post("/cart/USD/tea").await;
    let seen = seen.header(header::ETAG).expect("an ETag").to_owned();
    let current = browser.post("/cart/USD/tea").await;
    let current = current.header(header::ETAG).expect("an ETag").to_owned();

    let stale = [("if-match", seen.as_str())];
    let answer = browser.ask("POST", "/cart/USD/tea", &stale).await;
    assert_eq!(answer.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(
        answer.header(header::CONTENT_TYPE),
        Some("application/problem+json")
    );
    assert_eq!(answer.header(header::ETAG), Some(current.as_str()));
    let problem = answer.json();
    assert_eq!(problem["current"]["items"][0]["quantity"], 2);
    assert_eq!(problem["conflict"]["minor"], true);
    assert_eq!(
        problem["conflict"]["suggestions"],
        serde_json::json!([
            "retry_with_refresh",
            "merge_changes",
            "compare_with_current"
        ])
    );
    assert_eq!(browser.get("/cart").await.quantity("tea"), 2);

    let either = format!("{seen}, {current}");
    let answer = browser
        .ask("POST", "/cart/USD/tea", &[("if-match", &either)])
        .await;
    assert_eq!(answer.quantity("tea"), 3);
    assert_eq!(
        browser
            .ask("POST", "/cart/USD/tea", &[("if-match", "*")])
            .await
            .quantity("tea"),
        4
    );
}

#[tokio::test]
async fn tags_are_compared_strongly_and_must_be_tags() {
    let mut browser = Browser::new(&shop(memory(), &key()));
    let nothing_there = browser
        .ask("POST", "/cart/USD/tea", &[("if-match", "*")])
        .await;
    assert_eq!(nothing_there.status, StatusCode::PRECONDITION_FAILED);
    let seen = browser.post("/cart/USD/tea").await;
    let weak = format!("W/{}", seen.header(header::ETAG).expect("an ETag"));
    for other in [weak.as_str(), "\"another's\"", "\"\""] {
        let answer = browser
            .ask("POST", "/cart/USD/tea", &[("if-match", other)])
            .await;
        assert_eq!(answer.status, StatusCode::PRECONDITION_FAILED, "{other}");
    }
    for nonsense in ["7-00000000000000ff", "\"", "x"] {
        let answer = browser
            .ask("POST", "/cart/USD/tea", &[("if-match", nonsense)])
            .await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{nonsense}");
    }
    assert_eq!(browser.get("/cart").await.quantity("tea"), 1);
}

#[tokio::test]
async fn who_must_name_a_version_is_told_so() {
    let mut browser = Browser::new(&shop(memory(), &key()));
    let seen = browser.post("/cart/USD/tea").await;
    let seen = seen.header(header::ETAG).expect("an ETag").to_owned();
    let answer = browser.ask("PUT", "/quantity/tea/5", &[]).await;
    assert_eq!(answer.status, StatusCode::PRECONDITION_REQUIRED);
    let answer = browser
        .ask("PUT", "/quantity/tea/5", &[("if-match", &seen)])
        .await;
    assert_eq!(answer.quantity("tea"), 5);
}

#[tokio::test]
async fn a_repeated_request_has_one_effect_whatever_has_become_of_the_version() {
    let mut browser = Browser::new(&shop(memory(), &key()));
    let seen = browser.post("/cart/USD/tea").await;
    let seen = seen.header(header::ETAG).expect("an ETag").to_owned();
    let headers = [("idempotency-key", "click-1"), ("if-match", seen.as_str())];
    for _ in 0..3 {
        let answer = browser.ask("POST", "/cart/USD/tea", &headers).await;
        assert_eq!(answer.quantity("tea"), 2);
    }
    let another = browser.ask("POST", "/cart/USD/pot", &headers).await;
    assert_eq!(
        another.status,
        StatusCode::BAD_REQUEST,
        "the key belongs to another request"
    );
    let long = "k".repeat(256);
    let answer = browser
        .ask("POST", "/cart/USD/tea", &[("idempotency-key", &long)])
        .await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let double_click = (0..8).map(|_| {
        let mut browser = browser.clone();
        let headers = [("idempotency-key", "click-2")];
        tokio::spawn(async move { browser.ask("POST", "/cart/USD/tea", &headers).await.status })
    });
    for click in double_click.collect::<Vec<_>>() {
        assert_eq!(click.await.expect("no panic"), StatusCode::OK);
    }
    assert_eq!(browser.get("/cart").await.quantity("tea"), 3);
}
