//! Several recorders, one history.

use super::event::Event;

/// Makes one history of several, of which each was recorded by a process of its own, with one clock
/// for all of them ([`Recorder::with_clock`](super::Recorder::with_clock)).
///
/// The processes have to be the same program: the digests of its records are compared. Clients are
/// numbered anew, and events stand in the order in which their answers came.
pub fn merge(histories: impl IntoIterator<Item = Vec<Event>>) -> Vec<Event> {
    let mut merged = Vec::new();
    let mut clients = 0;
    for history in histories {
        let first = clients;
        merged.extend(history.into_iter().map(|mut event| {
            event.client += first;
            clients = clients.max(event.client + 1);
            event
        }));
    }
    merged.sort_by_key(|event| event.returned);
    merged
}

#[cfg(test)]
mod tests {
    use super::super::event::{Action, Found};
    use super::*;

    fn load(client: u32, returned: u64) -> Event {
        Event {
            client,
            key: "/user/1/default".to_owned(),
            called: 0,
            returned,
            action: Action::Load {
                found: Found::Missing,
            },
        }
    }

    #[test]
    fn clients_of_two_histories_are_told_apart() {
        let first = vec![load(0, 3), load(1, 5)];
        let second = vec![load(0, 4), load(2, 9)];
        let merged = merge([first, second]);
        let clients: Vec<_> = merged.iter().map(|event| event.client).collect();
        assert_eq!(clients, [0, 2, 1, 4]);
    }
}
