use super::*;

fn packet(sequence: u8, payload: &[u8]) -> Vec<u8> {
    let [low, middle, high, _] = u32::try_from(payload.len()).unwrap().to_le_bytes();
    [&[low, middle, high, sequence], payload].concat()
}

fn client(wire: &mut MysqlWire, sequence: u8, payload: &[u8]) -> Role {
    wire.client_message(&packet(sequence, payload))
        .unwrap()
        .role
}

fn server(wire: &mut MysqlWire, sequence: u8, payload: &[u8]) -> Role {
    wire.server_message(&packet(sequence, payload))
        .unwrap()
        .role
}

fn connected() -> MysqlWire {
    let mut wire = MysqlWire::default();
    assert_ne!(server(&mut wire, 0, b"\x0a10.11"), Role::End);
    assert_eq!(client(&mut wire, 1, &[0; 60]), Role::Aside);
    wire
}

#[test]
fn request_is_a_command_and_its_reply_the_first_packet_after_it() {
    let mut wire = connected();
    assert_eq!(client(&mut wire, 0, b"\x03SELECT 1"), Role::End);
    assert_eq!(wire.statement(), Some(&b"SELECT 1"[..]));
    assert_eq!(server(&mut wire, 1, b"\x01"), Role::End);
    assert_eq!(server(&mut wire, 2, b"a column"), Role::Part);
}

#[test]
fn packet_that_is_not_whole_is_waited_for() {
    let mut wire = connected();
    let ping = packet(0, b"\x0e");
    for length in 0..ping.len() {
        assert_eq!(wire.client_message(&ping[..length]), None);
    }
    assert_eq!(wire.client_message(&ping), Some(Message::new(5, Role::End)));
}

#[test]
fn command_without_a_reply_is_no_request() {
    let mut wire = connected();
    for code in [QUIT, SEND_LONG_DATA, CLOSE_STATEMENT] {
        assert_eq!(client(&mut wire, 0, &[code, 1, 0, 0, 0]), Role::Aside);
    }
}

#[test]
fn statement_of_an_execution_is_the_text_that_was_prepared() {
    let mut wire = connected();
    client(&mut wire, 0, b"\x16UPDATE carts");
    assert_eq!(wire.statement(), Some(&b""[..]));
    server(&mut wire, 1, &[0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    client(&mut wire, 0, &[EXECUTE, 7, 0, 0, 0, 0, 1, 0, 0, 0]);
    assert_eq!(wire.statement(), Some(&b"UPDATE carts"[..]));
    client(&mut wire, 0, &[EXECUTE, 8, 0, 0, 0, 0, 1, 0, 0, 0]);
    assert_eq!(wire.statement(), Some(&b""[..]));
}

#[test]
fn command_in_several_packets_is_one_request() {
    let mut wire = connected();
    let long = vec![QUERY; LONGEST];
    assert_eq!(client(&mut wire, 0, &long), Role::Part);
    assert_eq!(client(&mut wire, 1, &long), Role::Part);
    assert_eq!(client(&mut wire, 2, b"the end"), Role::End);
    assert_eq!(server(&mut wire, 3, &[0; 7]), Role::End);
}

#[test]
fn what_is_encrypted_or_compressed_is_handed_on_unread() {
    let tls: [u8; SSL_REQUEST_LENGTH] =
        std::array::from_fn(|at| if at == 1 { CLIENT_SSL } else { 0 });
    let mut compressed = [0; 60];
    compressed[0] = CLIENT_COMPRESS;
    for greeting in [&tls[..], &compressed[..]] {
        let mut wire = MysqlWire::default();
        client(&mut wire, 1, greeting);
        let unread = Message::new(3, Role::Aside);
        assert_eq!(wire.client_message(&[1, 2, 3]), Some(unread));
        assert_eq!(wire.server_message(&[1, 2, 3]), Some(unread));
    }
}
