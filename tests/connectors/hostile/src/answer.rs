//! Answers that HTTP or the contract does not allow.

use switchboard_sdk::{Response, ResponseError};

use crate::{Call, Outcome, said};

pub(crate) fn act(what: &str, call: &Call<'_>) -> Option<Outcome> {
    let response = match what {
        "status" => Response::empty(call.number("status").unwrap_or(999).try_into().ok()?),
        "split" => Response::empty(200).header("a", "b\r\nset-cookie: c"),
        "split_name" => Response::empty(200).header("a: b\r\nset-cookie", "c"),
        "frame" => Response::empty(200).header("transfer-encoding", "chunked"),
        "headers" => {
            let mut response = Response::empty(200);
            for number in 0..call.number("count").unwrap_or(100_000) {
                response.headers.push((format!("x-{number}"), vec![]));
            }
            response
        }
        "long_header" => Response::empty(200).header("x-long", &"x".repeat(1 << 20)),
        "response" => Response::text(200, "x".repeat(9 << 20)),
        "gigabyte" => Response::with_body(200, "text/plain", vec![b'x'; 1 << 30]),
        "gigabyte_in_pieces" => return stream_a_gigabyte(call),
        "half" => {
            let _ = call.host.begin_response(200, &[]);
            // More than waits for a reader, so that there is one.
            for _ in 0..100 {
                let _ = call.host.write_response(b"half of ");
            }
            panic!("the other half is missing");
        }
        "begin_split" => {
            let headers = [("a".to_owned(), b"b\r\nset-cookie: c".to_vec())];
            return said(format!("{:?}", call.host.begin_response(200, &headers)));
        }
        "begin_status" => return said(format!("{:?}", call.host.begin_response(99, &[]))),
        _ => return None,
    };
    Some(Ok(response))
}

/// The last piece says how it ended.
fn stream_a_gigabyte(call: &Call<'_>) -> Option<Outcome> {
    let piece = vec![b'x'; 1 << 20];
    if call.host.begin_response(200, &[]).is_ok() {
        for _ in 0..1_024 {
            if let Err(ResponseError::Invalid(text)) = call.host.write_response(&piece) {
                // For the operator, as the caller can no longer be told.
                panic!("{text}");
            }
        }
    }
    said("")
}
