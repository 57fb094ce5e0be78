package cognitoapi

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/ratelimit"
)

const contentType = "application/x-amz-json-1.1"

// maxHeaderText is how much of an error's message is in the header. The body has all
// of it.
const maxHeaderText = 1024

// wireError is an error in the form in which the caller gets it.
type wireError struct {
	name    string
	message string // may be empty
	status  int
	soon    bool // another try may do in a moment
}

// wireErrorOf returns the wire form of err. An error that the table does not have is
// ours: the caller gets the request's id and learns nothing else.
func wireErrorOf(op *wire.Operation, err error, requestID string) wireError {
	name := exceptionOf(op, err)
	if name == "" {
		return ourError(op, err, requestID)
	}
	e := wireError{name: name, message: fault.As(err).Message, status: http.StatusBadRequest, soon: errors.Is(err, ratelimit.ErrRate)}
	if broken, ok := errors.AsType[*wire.ConstraintError](err); ok {
		e.message = broken.Message()
	}
	switch {
	case errors.Is(err, ErrBodyTooLarge):
		e.status = http.StatusRequestEntityTooLarge
	case errors.Is(err, ErrHostUnknown):
		e.status = http.StatusMisdirectedRequest // RFC 9110 §15.5.20
	case errors.Is(err, ErrMethodNotAllowed):
		e.status = http.StatusMethodNotAllowed
	case name == "InternalErrorException" || name == "InternalServerException":
		e.status = http.StatusInternalServerError
	}
	return e
}

// ourError returns the wire form of an error that is no fault of the caller.
func ourError(op *wire.Operation, err error, requestID string) wireError {
	// AWS: one of the common errors, which every operation may answer. SDKs try again.
	if fault.KindOf(err) == fault.Unavailable {
		return wireError{name: "ServiceUnavailableException", message: "The service is not available at the moment. Request " + requestID, status: http.StatusServiceUnavailable}
	}
	name := "InternalErrorException"
	if op != nil && !op.Allows(name) && op.Allows("InternalServerException") {
		name = "InternalServerException"
	}
	return wireError{name: name, message: "Something went wrong. Request " + requestID, status: http.StatusInternalServerError}
}

// write sends the error. Its name is in a header and in the body, because some SDKs
// read one and some the other.
func (e wireError) write(w http.ResponseWriter) {
	w.Header().Set("x-amzn-ErrorType", e.name+":")
	if e.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", "POST, OPTIONS") // RFC 9110 §15.5.6
	}
	if e.status == http.StatusServiceUnavailable {
		web.RetryLater(w.Header())
	}
	if e.soon {
		retrySoon(w.Header())
	}
	if e.message != "" {
		w.Header().Set("x-amzn-ErrorMessage", headerText(e.message))
	}
	writeBody(w, e.status, wire.ErrorBody(e.name, e.message))
}

func writeBody(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body) // an error means that the client has closed the connection
}

// headerText returns a message as one line of at most maxHeaderText ASCII
// characters, without control characters.
func headerText(message string) string {
	text := strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case r < ' ' || r == 0x7f:
			return -1
		case r > 0x7e:
			return '?'
		}
		return r
	}, message)
	return strings.TrimSpace(text[:min(len(text), maxHeaderText)])
}

// requestIDOf returns the id of the request in the log, or a new id if the request is
// not logged.
func requestIDOf(ctx context.Context) string { return cmp.Or(web.RequestID(ctx), ids.UUID()) }

func noteException(ctx context.Context, e wireError) {
	web.Note(ctx, slog.String("exception", e.name))
}
