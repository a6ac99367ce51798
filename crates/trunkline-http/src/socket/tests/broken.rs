//! What a client must not send. Source: RFC 6455 §5, §7.4; spec 21 §1.

use super::*;

const MIB: usize = 1024 * 1024;

/// Sends bytes and expects the close frame alone, and the end.
async fn expect_close(bytes: Vec<u8>, code: u16, reason: &str) {
    let (mut world, client) = World::new();
    let (reading, mut writing) = tokio::io::split(client);
    let sent = async {
        // The rest of what is too long is still read, so that the client sees the close frame.
        let _ = writing.write_all(&bytes).await;
    };
    let seen = async {
        let mut seen = Vec::new();
        let mut reading = reading;
        reading.read_to_end(&mut seen).await.unwrap();
        seen
    };
    let ((), seen) = tokio::join!(sent, seen);
    assert_eq!(seen, close_frame(code, reason));
    world.over().await;
    assert!(world.received.try_recv().is_err(), "nothing reached the service");
}

#[tokio::test(start_paused = true)]
async fn only_text_is_taken() {
    expect_close(frame(0x82, b"{}"), 1003, "text only").await;
}

#[tokio::test(start_paused = true)]
async fn messages_have_a_length_limit() {
    expect_close(frame(0x81, &vec![b'x'; MIB + 1]), 1009, "frame too big").await;
    let mut fragments = frame(0x01, &vec![b'x'; MIB]);
    fragments.extend(frame(0x80, b"x"));
    expect_close(fragments, 1009, "frame too big").await;
    // A length that is only announced is enough.
    expect_close([&[0x81, 0xff][..], &u64::MAX.to_be_bytes(), &[0; 4]].concat(), 1009, "frame too big").await;
}

#[tokio::test(start_paused = true)]
async fn the_longest_message_is_taken() {
    let (mut world, mut client) = World::new();
    write(&mut client, &frame(0x81, &vec![b'x'; MIB])).await;
    assert_eq!(world.received.recv().await.unwrap().len(), MIB);
}

#[tokio::test(start_paused = true)]
async fn frames_that_break_the_protocol_close_the_socket() {
    for (what, bytes) in [
        ("not masked", vec![0x81, 2, b'{', b'}']),
        ("compressed, which was not agreed to", frame(0xc1, b"{}")),
        ("an unknown opcode", frame(0x83, b"{}")),
        ("a continuation of nothing", frame(0x80, b"{}")),
        ("a long ping", frame(0x89, &[0; 126])),
        ("a fragmented ping", frame(0x09, b"")),
        ("a close of one byte", frame(0x88, b"1")),
    ] {
        println!("{what}");
        expect_close(bytes, 1002, "protocol error").await;
    }
    expect_close(frame(0x81, b"\xff\xfe"), 1007, "not UTF-8").await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_breaks_off_ends_the_socket() {
    for bytes in [vec![], vec![0x81], frame(0x81, b"{}")[..7].to_vec()] {
        let (mut world, mut client) = World::new();
        write(&mut client, &bytes).await;
        drop(client);
        world.over().await;
        assert!(world.gone.is_cancelled());
    }
}
