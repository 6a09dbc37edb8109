//! The report as a page: one file without scripts, fonts or pictures, for a website or a desk.

use std::collections::BTreeMap;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::clause::Clause;
use crate::report::{Outcome, Report, StoreReport};

const STYLE: &str = include_str!("style.css");
/// Where the clauses are written down.
const CONTRACT: &str = "https://github.com/cart-storage/cart-storage/blob/main/docs/contract.md";
/// How many of a store's cases are named with the time that they took.
const SLOWEST: usize = 5;

impl Report {
    /// The report as a page in HTML: each store with what it declares, each clause with what became
    /// of its cases, why cases were skipped, and where the time went.
    ///
    /// It is one file and fetches nothing. `CART_TESTKIT_HTML=report.html` writes it after a run.
    pub fn to_html(&self) -> String {
        let title = match &self.stores[..] {
            [store] => format!("{}: does it keep carts?", store.name),
            stores => format!("{} stores: do they keep carts?", stores.len()),
        };
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (title) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    header {
                        h1 { (title) }
                        p {
                            "Every clause of the " a href=(CONTRACT) { "contract" }
                            " is a set of cases; each ran on a store of its own. A case is skipped \
                             only for a power that the store declares not to have, or that its \
                             test can't give it."
                        }
                    }
                    main {
                        (certificates(&self.stores))
                        (declarations(&self.stores))
                        (clauses(&self.stores))
                        @for store in &self.stores { (details(store)) }
                    }
                }
            }
        }
        .into_string()
    }
}

fn certificates(stores: &[StoreReport]) -> Markup {
    html! {
        section class="cards" {
            @for store in stores {
                article class=(verdict(store)) {
                    h2 { (store.name) }
                    p class="figure" {
                        (store.run - store.failed) span { " of " (store.run) " passed" }
                    }
                    p class="certificate" { (store.certificate()) }
                }
            }
        }
    }
}

fn verdict(store: &StoreReport) -> &'static str {
    if store.failed > 0 || store.run == 0 {
        "failed"
    } else {
        "passed"
    }
}

fn declarations(stores: &[StoreReport]) -> Markup {
    let names = stores.iter().find(|store| !store.declared.is_empty());
    let names = names.map(|store| &store.declared[..]).unwrap_or_default();
    html! {
        @if !names.is_empty() {
            section {
                h2 { "What is declared" }
                div class="wide" {
                    table {
                        thead { tr {
                            th scope="col" { "capability" }
                            @for store in stores { th scope="col" { (store.name) } }
                        } }
                        tbody {
                            @for (name, _) in names {
                                tr {
                                    th scope="row" { code { (name) } }
                                    @for store in stores { td { (declared(store, name)) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn declared<'a>(store: &'a StoreReport, name: &str) -> &'a str {
    let mut declared = store.declared.iter();
    let found = declared.find(|(known, _)| known == name);
    found.map_or("", |(_, value)| value.as_str())
}

fn clauses(stores: &[StoreReport]) -> Markup {
    html! {
        section {
            h2 { "Clauses" }
            p class="legend" {
                span class="passed" { "passed" } span class="skipped" { "skipped" }
                span class="failed" { "failed" }
                "The number is that of the cases."
            }
            div class="wide" {
                table class="clauses" {
                    thead { tr {
                        th scope="col" { "clause" }
                        @for store in stores { th scope="col" { (store.name) } }
                    } }
                    tbody {
                        @for clause in Clause::ALL {
                            tr {
                                th scope="row" title=(clause.text()) {
                                    a href=(link(*clause)) { (clause.id()) }
                                }
                                @for store in stores { (cell(store, *clause)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn link(clause: Clause) -> String {
    format!("{CONTRACT}#{}", clause.id().to_lowercase())
}

fn cell(store: &StoreReport, clause: Clause) -> Markup {
    let of_clause = store
        .cases
        .iter()
        .filter(|case| case.clauses.contains(&clause));
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for case in of_clause {
        match case.outcome {
            Outcome::Passed => passed += 1,
            Outcome::Failed { .. } => failed += 1,
            Outcome::Skipped { .. } => skipped += 1,
        }
    }
    let class = match (passed, failed) {
        (_, 1..) => "failed",
        (0, 0) => "skipped",
        _ => "passed",
    };
    html! {
        td class=(class) {
            @if failed > 0 { "✗ " (failed) " of " (passed + failed) }
            @else if passed > 0 { "✓ " (passed) }
            @else if skipped == 0 { "–" }
            @if skipped > 0 { small { " " (skipped) " skipped" } }
        }
    }
}

fn details(store: &StoreReport) -> Markup {
    let total: u64 = store.cases.iter().map(|case| case.millis).sum();
    let mut slowest: Vec<_> = store.cases.iter().collect();
    slowest.sort_by_key(|case| std::cmp::Reverse(case.millis));
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for skip in &store.skipped {
        reasons.entry(&skip.reason).or_default().push(skip.case);
    }
    html! {
        section {
            h2 { (store.name) }
            @for case in &store.cases {
                @if let Outcome::Failed { message } = &case.outcome {
                    h3 class="failed" { "✗ " code { (case.case) } }
                    p { @for clause in case.clauses { a href=(link(*clause)) { (clause.id()) } " " } }
                    pre { (message) }
                }
            }
            @for (reason, cases) in &reasons {
                details {
                    summary { (cases.len()) " skipped: " (reason) }
                    p { @for case in cases { code { (case) } " " } }
                }
            }
            details {
                summary { "All cases together took " (seconds(total)) " of work" }
                table {
                    tbody { @for case in slowest.iter().take(SLOWEST) {
                        tr { th scope="row" { code { (case.case) } } td { (seconds(case.millis)) } }
                    } }
                }
            }
        }
    }
}

fn seconds(millis: u64) -> String {
    format!("{}.{:03} s", millis / 1_000, millis % 1_000)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cart_core::Capabilities;

    use super::*;
    use crate::cases;

    fn report() -> Report {
        let mut store = StoreReport::new("<mine>");
        store.declare(&Capabilities::none());
        for (number, case) in cases::all().enumerate() {
            let outcome = match number {
                0 => Outcome::Failed {
                    message: "expected 1 < 2 & got \"3\"".to_owned(),
                },
                1 => Outcome::Skipped {
                    reason: "the store declares no lock".to_owned(),
                },
                _ => Outcome::Passed,
            };
            store.add(case, outcome, Duration::from_millis(1_234));
        }
        Report {
            stores: vec![store],
        }
    }

    #[test]
    fn the_page_shows_every_clause_with_a_link_to_the_contract() {
        let page = report().to_html();
        for clause in Clause::ALL {
            assert!(page.contains(&link(*clause)), "{clause}");
        }
        assert!(page.contains("compare_and_set") && page.contains("1.234 s"));
        assert!(page.contains("1 skipped: the store declares no lock"));
    }

    #[test]
    fn no_text_becomes_markup_and_nothing_is_fetched() {
        let page = report().to_html();
        assert!(page.contains("&lt;mine&gt;") && !page.contains("<mine>"));
        assert!(page.contains("expected 1 &lt; 2 &amp; got"));
        for fetching in ["<script", "<link", "<img", "url(", "@import"] {
            assert!(!page.contains(fetching), "{fetching}");
        }
    }
}
