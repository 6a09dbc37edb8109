//! What an API says when something goes wrong.

use std::fs;
use std::path::Path;

use axum::response::IntoResponse;
use cart_axum::Problem;
use cart_core::{Conflict, Error, ErrorKind, Expect, RetryClass, Version};
use http::{StatusCode, header};

use crate::shop::{Browser, key, memory, shop};

#[tokio::test]
async fn what_the_cart_refuses_is_told_in_words_for_the_shopper() {
    let mut browser = Browser::new(&shop(memory(), &key()));
    browser.post("/cart/USD/tea").await;
    let answer = browser.post("/cart/EUR/tea").await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let problem = answer.json();
    assert_eq!(problem["status"], 422);
    let detail = problem["detail"].as_str().expect("a detail");
    assert!(
        detail.starts_with("this cart is in USD, but EUR was given"),
        "{detail}"
    );
}

#[test]
fn an_error_keeps_what_is_behind_the_api_to_itself() {
    let error = Error::new(ErrorKind::Unavailable, "the server at db.internal is down")
        .with_retry_class(RetryClass::OutcomeUnknown)
        .with_source("connection refused by 10.0.0.7");
    let problem = Problem::from(error);
    let told = problem.to_string();
    assert!(told.contains("may have been made"), "{told}");
    assert!(
        !told.contains("internal") && !told.contains("10.0.0.7"),
        "{told}"
    );
    let source = std::error::Error::source(&problem).expect("the cause, for the log");
    assert!(source.to_string().contains("db.internal"), "{source}");
    let response = problem.into_response();
    assert_eq!(response.headers()[header::RETRY_AFTER], "1");
}

#[test]
fn a_conflict_without_a_precondition_is_a_conflict() {
    let expected = Expect::Version(Version::first(1));
    let problem = Problem::from(Error::from_conflict(Conflict::new(expected, None, false)));
    assert_eq!(
        (problem.status(), problem.name()),
        (StatusCode::CONFLICT, "conflict")
    );
}

#[test]
fn every_kind_of_error_has_a_status_that_fits() {
    let expected = [
        (ErrorKind::Busy, 503),
        (ErrorKind::Corrupt, 500),
        (ErrorKind::Denied, 500),
        (ErrorKind::Domain, 422),
        (ErrorKind::Full, 507),
        (ErrorKind::Invalid, 400),
        (ErrorKind::NewerFormat, 500),
        (ErrorKind::NotFound, 404),
        (ErrorKind::Overflow, 422),
        (ErrorKind::ReadOnly, 500),
        (ErrorKind::TooLarge, 413),
        (ErrorKind::Unavailable, 503),
        (ErrorKind::Unexpected, 500),
        (ErrorKind::Unprepared, 500),
        (ErrorKind::Unsupported, 501),
    ];
    for (kind, status) in expected {
        let problem = Problem::from(Error::new(kind, "…"));
        assert_eq!(problem.status().as_u16(), status, "{}", kind.as_str());
    }
}

#[test]
fn every_kind_of_problem_is_described() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/problems.md");
    let text = fs::read_to_string(path).expect("the description");
    let described: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .collect();
    assert_eq!(described, Problem::names().collect::<Vec<_>>());
}
