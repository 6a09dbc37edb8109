//! Every way to ask, for the tests that look at the plans of each dialect.

use cart_core::{
    CartKey, Cursor, Instance, Owner, OwnerClass, ScanRequest, Select, Tenant, Timestamp,
};

use super::Order;

/// The store that the cursors of these requests belong to.
pub(crate) const SCOPE: &str = "plans";

/// Every way to ask, each at its start and further on.
pub(crate) fn requests() -> Vec<ScanRequest> {
    let mut requests = Vec::new();
    for select in [Select::Live, Select::Marked, Select::Tombstones] {
        for tenant in [None, Some(Tenant::new("north").expect("a tenant"))] {
            for class in [None, Some(OwnerClass::Guest)] {
                for updated_before in [None, Some(Timestamp::from_millis(5))] {
                    let mut request = ScanRequest::new(10);
                    request.select = select;
                    request.tenant.clone_from(&tenant);
                    request.class.clone_from(&class);
                    request.updated_before = updated_before;
                    for owner in [None, Some(Owner::guest("7").expect("an owner"))] {
                        request.owner = owner;
                        requests.push(further_on(request.clone()));
                        requests.push(request.clone());
                    }
                }
            }
        }
    }
    requests
}

/// The same request, for a page that is not the first.
pub(crate) fn further_on(mut request: ScanRequest) -> ScanRequest {
    let position = match Order::of(&request) {
        Order::Key => {
            let owner = Owner::guest("7").expect("an owner");
            CartKey::new(owner, Instance::default()).encode()
        }
        Order::Time => "guest/3/7".to_owned(),
    };
    request.cursor = Some(Cursor::new(SCOPE, &request, position));
    request
}
