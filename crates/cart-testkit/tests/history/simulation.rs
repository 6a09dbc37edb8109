//! Clients of a cart that does one thing at a time, on paper.

use std::collections::HashSet;

use cart_core::Version;
use cart_testkit::history::{Action, Answer, Content, Digest, Event, Found, Write};

/// A small generator of random numbers (`SplitMix64`), so that every run is the same.
#[derive(Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    pub(crate) fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> Option<T> {
        (!choices.is_empty()).then(|| choices[self.below(choices.len())])
    }
}

/// The cart: what is stored, and which records have been.
#[derive(Debug, Default)]
struct Cart {
    stored: Option<(Version, Content)>,
    versions: HashSet<Version>,
}

impl Cart {
    fn load(&self) -> Found {
        match self.stored {
            Some((version, content)) => Found::Stored { version, content },
            None => Found::Missing,
        }
    }

    fn save(&mut self, write: Write) -> Answer {
        let actual = self.stored.map(|(version, _)| version);
        let live = self.stored.is_some_and(|(_, content)| content.is_live());
        let holds = match write.expected {
            Some(expected) => actual == Some(expected),
            None => !live,
        };
        if actual == Some(write.version) {
            Answer::Acknowledged
        } else if holds && self.versions.insert(write.version) {
            self.stored = Some((write.version, write.content));
            Answer::Acknowledged
        } else if holds {
            // Only a repeated save comes this far, and its client hears nothing of it.
            Answer::Unknown
        } else {
            Answer::Conflict { actual, live }
        }
    }
}

#[derive(Debug, Default)]
struct Client {
    /// What it believes to be stored.
    known: Option<Version>,
    /// Its last save, when it doesn't know what became of it.
    doubt: Option<Write>,
    step: Step,
}

#[derive(Clone, Copy, Debug, Default)]
enum Step {
    #[default]
    Idle,
    Called(u64, Request),
    Done(u64, Action),
}

#[derive(Clone, Copy, Debug)]
enum Request {
    Load,
    Save(Write),
}

/// A history of one cart with at least `operations` operations, valid by construction: every
/// operation happens at one moment of its interval. Of the saves, `loss` percent have an unknown
/// outcome, and happen then, later or never.
pub(crate) fn history(seed: u64, operations: usize, loss: usize) -> Vec<Event> {
    let mut random = Random(seed);
    let mut cart = Cart::default();
    let mut late: Vec<Write> = Vec::new();
    let mut clients: Vec<Client> = Vec::new();
    clients.resize_with(2 + random.below(5), Client::default);
    let mut events = Vec::new();
    let mut now = 0;
    while events.len() < operations {
        // Often nothing passes: equal times are part of the matter.
        now += random.next() % 3;
        if !late.is_empty() && random.percent(10) {
            let index = random.below(late.len());
            cart.save(late.swap_remove(index));
        }
        let index = random.below(clients.len());
        let client = &mut clients[index];
        client.step = match client.step {
            Step::Idle => Step::Called(now, request(&mut random, client)),
            Step::Called(called, Request::Load) => {
                let found = cart.load();
                Step::Done(called, Action::Load { found })
            }
            Step::Called(called, Request::Save(write)) => {
                let answer = if random.percent(3) {
                    Answer::Failed
                } else if random.percent(loss) {
                    match random.below(3) {
                        0 => late.push(write),
                        1 => drop(cart.save(write)),
                        _ => {}
                    }
                    Answer::Unknown
                } else {
                    cart.save(write)
                };
                Step::Done(called, Action::Save { write, answer })
            }
            Step::Done(called, action) => {
                learn(client, action);
                events.push(Event {
                    client: u32::try_from(index).unwrap(),
                    key: "/user/1/default".to_owned(),
                    called,
                    returned: now,
                    action,
                });
                Step::Idle
            }
        };
    }
    // What was still under way has no answer.
    for (index, client) in clients.iter().enumerate() {
        let (Step::Called(called, Request::Save(write))
        | Step::Done(called, Action::Save { write, .. })) = client.step
        else {
            continue;
        };
        events.push(Event {
            client: u32::try_from(index).unwrap(),
            key: "/user/1/default".to_owned(),
            called,
            returned: now,
            action: Action::Save {
                write,
                answer: Answer::Unknown,
            },
        });
    }
    events
}

fn request(random: &mut Random, client: &mut Client) -> Request {
    if let Some(write) = client.doubt.take()
        && random.percent(60)
    {
        return Request::Save(write);
    }
    if random.percent(40) {
        return Request::Load;
    }
    let sequence = client.known.map_or(0, Version::sequence) + 1;
    let content = if random.percent(30) {
        Content::Tombstone
    } else {
        Content::Live(Digest(random.next()))
    };
    Request::Save(Write {
        version: Version::new(sequence, random.next()).unwrap(),
        content,
        expected: client.known.filter(|_| random.percent(75)),
    })
}

fn learn(client: &mut Client, action: Action) {
    match action {
        Action::Load {
            found: Found::Missing,
        } => client.known = None,
        Action::Load {
            found: Found::Stored { version, .. },
        } => client.known = Some(version),
        Action::Save { write, answer } => match answer {
            Answer::Acknowledged => client.known = Some(write.version),
            Answer::Conflict { actual, .. } => client.known = actual,
            Answer::Unknown => client.doubt = Some(write),
            Answer::Failed => {}
        },
    }
}
