//! Which carts a report is about.

use cart_core::{Currency, Instance, OwnerClass, Tenant};

use crate::database::{Backend, Query, moment};
use crate::sql::{IS_LIVE, IS_NOT_EXPIRED};
use crate::value::Value;

/// Which carts a report is about: all of them, unless told otherwise.
///
/// ```
/// use cart_core::OwnerClass;
/// use cart_store_db::ReportFilter;
///
/// let mut guests = ReportFilter::default();
/// guests.class = Some(OwnerClass::Guest);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReportFilter {
    /// Only this tenant.
    pub tenant: Option<Tenant>,
    /// Only owners of this class.
    pub class: Option<OwnerClass>,
    /// Only carts of this name.
    pub instance: Option<Instance>,
    /// Only carts in this currency.
    pub currency: Option<Currency>,
}

impl ReportFilter {
    /// The table, along the index that the reports share, and the carts in it that are meant.
    ///
    /// The conditions come in one order, so that the values that a caller adds follow them.
    pub(super) fn push_to(&self, query: &mut Query, backend: &dyn Backend) {
        let table = backend.table();
        let hint = (backend.dialect().hints.index)(table, "report");
        query.push(&format!(" FROM \"{table}\"{hint} WHERE {IS_LIVE} AND "));
        query.push_with(IS_NOT_EXPIRED, &[moment(backend.now())]);
        for (condition, value) in self.conditions() {
            query.push(" AND ").push_with(condition, &[value]);
        }
    }

    /// Each condition with its value.
    fn conditions(&self) -> impl Iterator<Item = (&'static str, Value<'_>)> {
        let tenant = self.tenant.as_ref();
        let tenant = tenant.map(|tenant| ("\"tenant\" = ?", Value::Name(tenant.as_str())));
        let class = self.class.as_ref();
        let class = class.map(|class| ("\"class\" = ?", Value::Text(class.as_str())));
        let instance = self.instance.as_ref();
        let instance = instance.map(|name| ("\"instance\" = ?", Value::Name(name.as_str())));
        let currency = self.currency;
        let currency = currency.map(|currency| ("\"currency\" = ?", Value::Text(currency.code())));
        [tenant, class, instance, currency].into_iter().flatten()
    }
}
