//! Figures about many carts: `report abandoned`, `counts`, `values`, `conversion`.

mod rows;

use std::time::Duration;

use cart_core::{Currency, Cursor, Instance, OwnerClass, Tenant, Timestamp};
use cart_store_db::{AbandonedRequest, ReportFilter, Reports};
use clap::{Args, Subcommand};

use rows::{AbandonedRow, ConversionRow, CountsRow, Rows, ValuesRow};

use crate::arguments::instance;
use crate::failure::Failure;
use crate::output::Output;
use crate::store::Place;

/// Report on the carts in a database, by currency.
///
/// Deleted and expired carts don't count. Without --tenant, all tenants do. With --json one row a
/// line.
#[derive(Debug, Subcommand)]
pub(crate) enum Report {
    Abandoned(Abandoned),
    /// How many carts there are, how many of them are empty, and how many were sold at least once.
    Counts(Filter),
    /// What lies in the carts that hold something: number, sum, average, smallest, largest.
    Values(Filter),
    Conversion(Conversion),
}

/// Which carts.
#[derive(Debug, Args)]
pub(crate) struct Filter {
    /// Only owners of this class: guest, user, or a kind of the application's own.
    #[arg(long, value_name = "CLASS", value_parser = OwnerClass::new)]
    class: Option<OwnerClass>,

    /// Only carts of this name.
    #[arg(long, value_name = "INSTANCE", value_parser = instance)]
    instance: Option<Instance>,

    /// Only carts in this currency, by its ISO 4217 code.
    #[arg(long, value_name = "CODE", value_parser = Currency::parse)]
    currency: Option<Currency>,
}

/// List the carts that hold something and were left alone for longer than --days, the oldest first
/// within each class of owner. Carts in a checkout are left out.
#[derive(Debug, Args)]
pub(crate) struct Abandoned {
    /// Left alone for longer than so many days.
    #[arg(long, value_name = "N", default_value_t = 7)]
    days: u32,

    /// At most so many, up to 1000.
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,

    /// Go on behind the page that has given this cursor.
    #[arg(long, value_name = "CURSOR")]
    cursor: Option<Cursor>,

    #[command(flatten)]
    filter: Filter,
}

/// How many carts were made in a period, and how many were sold in it. A settled claim is a sale.
#[derive(Debug, Args)]
pub(crate) struct Conversion {
    /// The first day or moment of the period, such as 2026-11-01 or 2026-11-01T06:00:00Z.
    #[arg(long, value_name = "DATE", value_parser = moment)]
    from: Timestamp,

    /// The first day or moment after the period; now unless told otherwise.
    #[arg(long, value_name = "DATE", value_parser = moment)]
    until: Option<Timestamp>,

    #[command(flatten)]
    filter: Filter,
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Report {
    pub(super) async fn run(
        self,
        place: &Place,
        tenant: Option<Tenant>,
        mut output: Output,
    ) -> Result<(), Failure> {
        let reports = place.database().await?.reports();
        match self {
            Self::Abandoned(command) => command.run(&reports, tenant, &mut output).await,
            Self::Counts(filter) => {
                let counts = reports.counts(&filter.within(tenant)).await?;
                Rows::of(counts.iter().map(CountsRow::new)).print(&mut output)
            }
            Self::Values(filter) => {
                let values = reports.values(&filter.within(tenant)).await?;
                Rows::of(values.iter().map(ValuesRow::new)).print(&mut output)
            }
            Self::Conversion(command) => {
                let filter = command.filter.within(tenant);
                let until = command.until.unwrap_or(Timestamp::MAX);
                let figures = reports.conversion(&filter, command.from..until).await?;
                Rows::of(figures.iter().map(ConversionRow::new)).print(&mut output)
            }
        }
    }
}

impl Abandoned {
    async fn run(
        self,
        reports: &Reports,
        tenant: Option<Tenant>,
        output: &mut Output,
    ) -> Result<(), Failure> {
        let mut request = AbandonedRequest::new(DAY * self.days, self.limit);
        request.filter = self.filter.within(tenant);
        request.cursor = self.cursor;
        let page = reports.abandoned(&request).await?;
        Rows::of(page.carts.iter().map(AbandonedRow::new))
            .followed_by(page.next)
            .print(output)
    }
}

impl Filter {
    fn within(self, tenant: Option<Tenant>) -> ReportFilter {
        let mut filter = ReportFilter::default();
        filter.tenant = tenant;
        filter.class = self.class;
        filter.instance = self.instance;
        filter.currency = self.currency;
        filter
    }
}

/// Reads a day or a moment, in UTC unless it names another offset.
fn moment(text: &str) -> Result<Timestamp, String> {
    let day = |day: jiff::civil::Date| {
        let start = day.to_datetime(jiff::civil::Time::midnight());
        jiff::tz::Offset::UTC.to_timestamp(start)
    };
    let moment = text.parse().or_else(|_| text.parse().and_then(day));
    moment
        .map(|moment: jiff::Timestamp| Timestamp::from_millis(moment.as_millisecond()))
        .map_err(|_| {
            "write a day such as 2026-11-01 or a moment such as 2026-11-01T06:00:00Z".to_owned()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_moments_are_read_in_utc() {
        let cases = [
            ("1970-01-02", Some(86_400_000)),
            ("1970-01-01T00:00:01Z", Some(1_000)),
            ("1970-01-01T01:00:00+01:00", Some(0)),
            ("yesterday", None),
            ("2026-13-01", None),
        ];
        for (text, millis) in cases {
            let expected = millis.map(Timestamp::from_millis);
            assert_eq!(moment(text).ok(), expected, "{text}");
        }
    }
}
