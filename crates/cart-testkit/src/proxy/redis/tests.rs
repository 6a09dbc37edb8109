use super::*;

const PING: &[u8] = b"*1\r\n$4\r\nPING\r\n";
const SET: &[u8] = b"*3\r\n$3\r\nSET\r\n$4\r\ncart\r\n$6\r\na\r\n\0*1\r\n";

/// The roles of the messages in `bytes`, fed at once.
fn client(wire: &mut RespWire, bytes: &[u8]) -> Vec<Role> {
    roles(bytes, |bytes| wire.client_message(bytes))
}

fn server(wire: &mut RespWire, bytes: &[u8]) -> Vec<Role> {
    roles(bytes, |bytes| wire.server_message(bytes))
}

fn roles(mut bytes: &[u8], mut next: impl FnMut(&[u8]) -> Option<Message>) -> Vec<Role> {
    let mut roles = Vec::new();
    while let Some(message) = next(bytes) {
        roles.push(message.role);
        bytes = &bytes[message.length..];
    }
    assert!(bytes.is_empty(), "{} bytes are left", bytes.len());
    roles
}

/// Every value that a server may answer with.
const VALUES: [&[u8]; 16] = [
    b"+OK\r\n",
    b"-ERR no\r\n",
    b":-7\r\n",
    b"$2\r\n\r\n\r\n",
    b"$-1\r\n",
    b"*-1\r\n",
    b"*0\r\n",
    b"*2\r\n$1\r\na\r\n*1\r\n:1\r\n",
    b"_\r\n",
    b",1.5\r\n",
    b"#t\r\n",
    b"(12345678901234567890\r\n",
    b"=7\r\ntxt:a\r\n\r\n",
    b"%1\r\n+key\r\n~2\r\n:1\r\n:2\r\n",
    b"|1\r\n+ttl\r\n:60\r\n+OK\r\n",
    b"!5\r\nERR a\r\n",
];

#[test]
fn each_command_is_a_request_also_when_several_come_at_once() {
    let mut wire = RespWire::default();
    let both = [SET, PING].concat();
    assert_eq!(client(&mut wire, &both), [Role::End, Role::End]);
    let replies = b"+OK\r\n+PONG\r\n";
    assert_eq!(server(&mut wire, replies), [Role::End, Role::End]);
}

#[test]
fn every_reply_ends_with_its_value() {
    for value in VALUES {
        let mut wire = RespWire::default();
        client(&mut wire, PING);
        for length in 0..value.len() {
            assert_eq!(wire.server_message(&value[..length]), None, "{value:?}");
        }
        let whole = Message::new(value.len(), Role::End);
        let more = [value, &b"+next"[..]].concat();
        assert_eq!(wire.server_message(&more), Some(whole));
    }
}

#[test]
fn command_that_is_not_whole_is_waited_for() {
    let mut wire = RespWire::default();
    for length in 0..SET.len() {
        assert_eq!(wire.client_message(&SET[..length]), None);
    }
    let whole = Message::new(SET.len(), Role::End);
    assert_eq!(wire.client_message(SET), Some(whole));
}

#[test]
fn command_may_be_typed() {
    let mut wire = RespWire::default();
    let typed = b"\r\nping\r\nGET cart\n";
    let expected = [Role::Aside, Role::End, Role::End];
    assert_eq!(client(&mut wire, typed), expected);
}

#[test]
fn logging_in_is_no_request_and_its_replies_are_none() {
    let mut wire = RespWire::default();
    let login = b"hello 3\r\n*3\r\n$4\r\nAUTH\r\n$1\r\na\r\n$1\r\nb\r\n";
    assert_eq!(client(&mut wire, login), [Role::Aside; 2]);
    assert_eq!(client(&mut wire, PING), [Role::End]);
    // Later on it costs what it costs.
    assert_eq!(client(&mut wire, b"SELECT 1\r\n"), [Role::End]);
    let replies = b"%1\r\n+server\r\n+redis\r\n+OK\r\n+PONG\r\n+OK\r\n";
    assert_eq!(
        server(&mut wire, replies),
        [Role::Aside, Role::Aside, Role::End, Role::End]
    );
}

#[test]
fn what_is_pushed_belongs_to_no_reply() {
    let mut wire = RespWire::default();
    client(&mut wire, PING);
    let pushed = b">2\r\n+invalidate\r\n*1\r\n$4\r\ncart\r\n";
    assert_eq!(server(&mut wire, pushed), [Role::Aside]);
    assert_eq!(server(&mut wire, b"+PONG\r\n"), [Role::End]);
}

#[test]
fn connection_that_listens_has_no_exchanges() {
    for listen in [&b"SUBSCRIBE cart\r\n"[..], b"monitor\r\n"] {
        let mut wire = RespWire::default();
        assert_eq!(client(&mut wire, listen), [Role::Aside]);
        assert_eq!(server(&mut wire, b"*1\r\n+a\r\n+b\r\n"), [Role::Aside]);
        assert_eq!(client(&mut wire, PING), [Role::Aside]);
    }
}

#[test]
fn what_cannot_be_read_is_handed_on() {
    let mut wire = RespWire::default();
    assert_eq!(client(&mut wire, &[TLS_HANDSHAKE, 3, 1]), [Role::Aside]);
    assert_eq!(server(&mut wire, b"*9\r\n"), [Role::Aside]);
    for nonsense in [&b"?\r\n"[..], b"$x\r\n", b"*99999999999\r\n", b"\r\n"] {
        let mut wire = RespWire::default();
        assert_eq!(server(&mut wire, nonsense), [Role::Aside], "{nonsense:?}");
        assert_eq!(server(&mut wire, b"+OK"), [Role::Aside]);
    }
}
