use super::*;

fn to_isolate() -> Vec<ToIsolate> {
    let fault = Fault { status: 404, code: "not_found".to_owned(), message: "no such thing".to_owned() };
    let module = Module {
        key: "logic/a.ts".to_owned(),
        source: "export default 1".to_owned(),
        imports: vec![("./b".to_owned(), "logic/b.ts".to_owned())],
    };
    vec![
        ToIsolate::Load { release: 7, modules: [module].into() },
        ToIsolate::Unload { release: 7 },
        ToIsolate::Start(Start {
            run: 1,
            release: 7,
            entry: "logic/a.ts".to_owned(),
            params: b"{}".to_vec(),
            request: b"{\"id\":\"x\"}".to_vec(),
            secrets: vec![("KEY".to_owned(), "s".to_owned())],
            deadline_ns: u64::MAX,
            memory_bytes: 64 << 20,
            result_bytes_max: 8_000_000,
            reuse: true,
        }),
        ToIsolate::Done { run: 1, operation: 2, result: Ok(b"[]".to_vec()) },
        ToIsolate::Done { run: 1, operation: 3, result: Err(fault) },
        ToIsolate::Abort { run: 1 },
    ]
}

fn from_isolate() -> Vec<FromIsolate> {
    let fault = Fault { status: 400, code: "bad".to_owned(), message: String::new() };
    let outcomes = [
        Outcome::Result(b"null".to_vec()),
        Outcome::Failed("Error: x\n    at f".to_owned()),
        Outcome::Refused(fault),
        Outcome::BadResult("circular".to_owned()),
        Outcome::ResultTooLarge,
        Outcome::Memory,
        Outcome::Timeout,
        Outcome::Aborted,
    ];
    let log = |fields| FromIsolate::Log { run: 9, level: Level::Warn, message: "m".to_owned(), fields };
    let mut all = vec![
        log(None),
        log(Some("{}".to_owned())),
        FromIsolate::Operation { run: 9, operation: 1, name: "db.query".to_owned(), input: b"{}".to_vec() },
    ];
    all.extend(outcomes.map(|outcome| FromIsolate::Finished { run: 9, outcome }));
    all
}

#[test]
fn every_message_survives_the_wire() {
    let mut bytes = Vec::new();
    to_isolate().iter().for_each(|message| message.write(&mut bytes));
    let mut frames = Frames::default();
    frames.buffer().extend_from_slice(&bytes);
    for message in to_isolate() {
        assert_eq!(ToIsolate::read(frames.take().unwrap().unwrap()), Ok(message));
    }
    assert_eq!(frames.take(), Ok(None));
    for message in from_isolate() {
        let mut bytes = Vec::new();
        message.write(&mut bytes);
        assert_eq!(FromIsolate::read(&bytes[4..]), Ok(message));
    }
}

#[test]
fn frames_come_whole_however_the_bytes_arrive() {
    let mut bytes = Vec::new();
    to_isolate().iter().for_each(|message| message.write(&mut bytes));
    let mut frames = Frames::default();
    let mut read = Vec::new();
    for byte in bytes {
        frames.buffer().push(byte);
        while let Some(body) = frames.take().unwrap() {
            read.push(ToIsolate::read(body).unwrap());
        }
    }
    assert_eq!(read, to_isolate());
}

#[test]
fn broken_frames_are_errors_and_never_panics() {
    for message in to_isolate() {
        let mut bytes = Vec::new();
        message.write(&mut bytes);
        let body = &bytes[4..];
        for len in 0..body.len() {
            assert!(ToIsolate::read(&body[..len]).is_err(), "{message:?} cut to {len}");
        }
        let longer = [body, &[0]].concat();
        assert_eq!(ToIsolate::read(&longer), Err(FrameError::Long));
    }
    assert_eq!(ToIsolate::read(&[99]), Err(FrameError::Tag(99)));
    assert_eq!(FromIsolate::read(&[0]), Err(FrameError::Tag(0)));
    let mut frames = Frames::default();
    frames.buffer().extend_from_slice(&[0xff; 8]);
    assert_eq!(frames.take(), Err(FrameError::Large(u32::MAX as usize)));
}
