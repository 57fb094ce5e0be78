package proxy

import (
	"context"
	"errors"
	"net/http"

	"gatehouse/internal/base/web"
)

// endCall ends a call of gRPC whose answer has begun, if the gateway itself has ended it:
// because of the session, the configuration or a limit of time. It reports whether it
// did so. A cut stream says INTERNAL to the client, which a client may repeat for ever
// with the same credential.
func (x *exchange) endCall(ctx context.Context, r *http.Request, err error) bool {
	failure := classify(ctx, err)
	if x.ended.Load() == nil && !errors.Is(failure, ErrUpstreamSlow) || !web.EndsInTrailers(r, x.answer.Header()) {
		return false
	}
	failed := answerOf(failure)
	x.answer.flush() // an answer of which net/http finds out the length has no trailers
	web.EndGRPC(x.answer.Header(), failed.status, failed.text)
	return true
}
