use super::*;

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap();
    [&[kind], &length.to_be_bytes()[..], body].concat()
}

fn packet(code: u32) -> Vec<u8> {
    [8, code].map(u32::to_be_bytes).concat()
}

const STARTUP: u32 = 196_608;
const SSL_REQUEST: u32 = 80_877_103;

/// The roles of the messages in `bytes`, fed at once.
fn client(wire: &mut PostgresWire, bytes: &[u8]) -> Vec<Role> {
    roles(bytes, |bytes| wire.client_message(bytes))
}

fn server(wire: &mut PostgresWire, bytes: &[u8]) -> Vec<Role> {
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

fn ready() -> PostgresWire {
    let mut wire = PostgresWire::default();
    assert_eq!(client(&mut wire, &packet(STARTUP)), [Role::Aside]);
    let login = [message(b'R', &[0; 4]), message(b'Z', b"I")].concat();
    assert!(!server(&mut wire, &login).contains(&Role::End));
    wire
}

#[test]
fn request_ends_with_sync_and_its_reply_with_ready_for_query() {
    let mut wire = ready();
    let request = [
        message(b'B', b"\0one\0"),
        message(b'E', &[0; 5]),
        message(b'S', b""),
    ];
    assert_eq!(
        client(&mut wire, &request.concat()),
        [Role::Part, Role::Part, Role::End]
    );
    let reply = [
        message(b'2', b""),
        message(b'C', b"OK\0"),
        message(b'Z', b"I"),
    ];
    assert_eq!(
        server(&mut wire, &reply.concat()),
        [Role::Part, Role::Part, Role::End]
    );
}

#[test]
fn message_that_is_not_whole_is_waited_for() {
    let mut wire = ready();
    let query = message(b'Q', b"SELECT 1\0");
    for length in 0..query.len() {
        assert_eq!(wire.client_message(&query[..length]), None);
    }
    let whole = Message::new(query.len(), Role::End);
    assert_eq!(wire.client_message(&query), Some(whole));
}

#[test]
fn statement_is_what_is_executed_and_not_what_is_prepared() {
    let mut wire = ready();
    let prepare = [
        message(b'P', b"one\0UPDATE carts\0\0\0"),
        message(b'S', b""),
    ];
    client(&mut wire, &prepare.concat());
    assert_eq!(wire.statement(), Some(&b""[..]));
    let execute = [message(b'B', b"\0one\0"), message(b'S', b"")];
    client(&mut wire, &execute.concat());
    assert_eq!(wire.statement(), Some(&b"UPDATE carts"[..]));
    client(&mut wire, &message(b'Q', b"BEGIN\0"));
    assert_eq!(wire.statement(), Some(&b"BEGIN"[..]));
}

#[test]
fn copying_is_one_request_whatever_the_number_of_syncs() {
    let mut wire = ready();
    let begin = [message(b'B', b"\0one\0"), message(b'S', b"")];
    client(&mut wire, &begin.concat());
    assert_eq!(server(&mut wire, &message(b'G', &[0; 3])), [Role::Part]);
    let rows = [
        message(b'd', b"a row"),
        message(b'c', b""),
        message(b'S', b""),
    ];
    assert_eq!(client(&mut wire, &rows.concat()), [Role::Aside; 3]);
    assert_eq!(server(&mut wire, &message(b'Z', b"I")), [Role::End]);
    assert_eq!(client(&mut wire, &message(b'S', b"")), [Role::End]);
}

#[test]
fn refused_encryption_is_followed_by_the_login_in_clear() {
    let mut wire = PostgresWire::default();
    assert_eq!(client(&mut wire, &packet(SSL_REQUEST)), [Role::Aside]);
    assert_eq!(server(&mut wire, b"N"), [Role::Aside]);
    client(&mut wire, &packet(STARTUP));
    server(&mut wire, &message(b'Z', b"I"));
    assert_eq!(client(&mut wire, &message(b'S', b"")), [Role::End]);
}

#[test]
fn what_is_encrypted_is_handed_on_unread() {
    let mut wire = PostgresWire::default();
    client(&mut wire, &packet(SSL_REQUEST));
    assert_eq!(server(&mut wire, b"S"), [Role::Aside]);
    assert_eq!(client(&mut wire, &[22, 3, 1]), [Role::Aside]);
    assert_eq!(server(&mut wire, b"ZZZZZ"), [Role::Aside]);

    // TLS from the first byte on.
    let mut wire = PostgresWire::default();
    assert_eq!(client(&mut wire, &[22, 3, 1]), [Role::Aside]);
}
