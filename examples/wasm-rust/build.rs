fn main() {
    // For wasm32-wasip1 the standard library brings `_start`; elsewhere `santokit::command!` does.
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("unknown") {
        println!("cargo::rustc-link-arg-bins=--export=_start");
    }
}
