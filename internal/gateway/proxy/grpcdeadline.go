package proxy

import (
	"errors"
	"net/http"
)

// ranOut reports whether an upstream gave up a call of gRPC because the time that the
// client allows for it is over. A server of gRPC then resets the stream with CANCEL, if
// it does not come to say DEADLINE_EXCEEDED. That is no failure of the upstream: the
// client chooses the time.
func ranOut(r *http.Request, err error) bool {
	reset, ok := errors.AsType[streamReset](err)
	return ok && reset.Code == resetCancel && r.Header.Get("Grpc-Timeout") != ""
}

// streamReset is the end of a stream of HTTP/2 before its time. net/http turns its own
// error into a struct with these fields.
type streamReset struct {
	StreamID uint32
	Code     uint32
	Cause    error
}

func (streamReset) Error() string { return "the stream was reset" }

// resetCancel is CANCEL. RFC 9113 §7.
const resetCancel = 8
