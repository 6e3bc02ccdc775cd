;; One query by the `id` of `{"id":1}`; its rows as they are.
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "santokit" "call" (func $call (param i32 i32 i32 i32) (result i32)))
  (import "santokit" "read" (func $read (param i32 i32) (result i32)))
  (memory (export "memory") 2)
  (data (i32.const 16) "db.query")
  (data (i32.const 256) "{\"alias\":\"main\",\"sql\":\"select id, name, email, quantity, score, active, created_at, meta from items where id = $1\",\"values\":[")
  (func (export "_start")
    (local $from i32) (local $to i32) (local $byte i32) (local $length i32)
    ;; Params to 1024.
    (i32.store (i32.const 0) (i32.const 1024))
    (i32.store (i32.const 4) (i32.const 1024))
    (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
    ;; The digits behind `{"id":` to the end of the input's beginning.
    (local.set $from (i32.const 1030))
    (local.set $to (i32.const 381))
    (loop $digits
      (local.set $byte (i32.load8_u (local.get $from)))
      (if (i32.lt_u (i32.sub (local.get $byte) (i32.const 48)) (i32.const 10))
        (then
          (i32.store8 (local.get $to) (local.get $byte))
          (local.set $from (i32.add (local.get $from) (i32.const 1)))
          (local.set $to (i32.add (local.get $to) (i32.const 1)))
          (br $digits))))
    ;; `]}`, then the answer to 4096.
    (i32.store16 (local.get $to) (i32.const 0x7d5d))
    (local.set $length
      (call $call (i32.const 16) (i32.const 8) (i32.const 256)
        (i32.sub (i32.add (local.get $to) (i32.const 2)) (i32.const 256))))
    (if (i32.lt_s (local.get $length) (i32.const 0)) (then unreachable))
    (drop (call $read (i32.const 4096) (local.get $length)))
    (i32.store (i32.const 0) (i32.const 4096))
    (i32.store (i32.const 4) (local.get $length))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
