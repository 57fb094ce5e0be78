package cognitoapi

import (
	"context"
	"log/slog"
	"mime"
	"net/http"
	"strings"

	"gatehouse/internal/base/audit"
	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/cognitoapi/wire"
)

const targetPrefix = "AWSCognitoIdentityProviderService."

// Server answers the HTTP requests of the API: POST and OPTIONS, on the path at which
// it is mounted.
type Server struct {
	Operations *wire.Operations // never nil

	// Authenticate checks the signature of a request and returns its caller. Only
	// operations that need a signature call it. body is the request's body. Never
	// nil.
	Authenticate func(ctx context.Context, r *http.Request, body []byte) (Caller, error)

	// KnowsKey reports whether the access key that a request names exists. Only
	// then may its body be larger than 256 KiB. nil: no body may. After an error,
	// such as that of a database that is away, the request is answered with it.
	KnowsKey func(ctx context.Context, r *http.Request) (bool, error)

	// Limit refuses a request if there were too many of its kind. Those that are not
	// signed as they must be do not count. nil: no limit.
	Limit func(op *wire.Operation, in wire.Input) error

	MaxBody int64 // in bytes; 0: 4 MiB

	Audit *slog.Logger // who changed what with an access key; nil: nobody listens

	inFlight inFlight
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	web.NoteEdge(ctx, "cognitoapi")
	id := requestIDOf(ctx)
	w.Header().Set("x-amzn-RequestId", id)
	if r.Method == http.MethodOptions {
		preflight(w, r)
		return
	}
	allowOrigin(w, r)
	web.NoStore(w.Header())
	op, body, err := s.serve(w, r)
	if err != nil {
		writeError(ctx, w, op, err, id)
		return
	}
	writeBody(w, http.StatusOK, body)
}

// Refuse answers a request that may not reach the API in the API's own form.
func Refuse(w http.ResponseWriter, r *http.Request, err error) {
	web.NoteEdge(r.Context(), "cognitoapi")
	id := requestIDOf(r.Context())
	w.Header().Set("x-amzn-RequestId", id)
	web.NoStore(w.Header())
	writeError(r.Context(), w, nil, err, id)
}

func writeError(ctx context.Context, w http.ResponseWriter, op *wire.Operation, err error, requestID string) {
	web.NoteError(ctx, err)
	e := wireErrorOf(op, err, requestID)
	noteException(ctx, e)
	e.write(w)
}

// serve returns the body of a successful response. It checks in the order of AWS:
// target, body, signature, constraints, the operation's own rules. The operation is
// nil if the request does not name one.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) (op *wire.Operation, out []byte, err error) {
	if op, err = target(r); err != nil {
		return nil, nil, err
	}
	ctx := r.Context()
	web.Note(ctx, slog.String("operation", op.Name))
	body, release, err := s.read(w, r, op)
	defer release()
	if err != nil {
		return op, nil, err
	}
	in, err := op.Decode(body)
	if err != nil {
		return op, nil, err
	}
	c := newCall(r)
	if op.Auth == wire.AuthSignature {
		c.signed = true
		if c.caller, err = s.Authenticate(ctx, r, body); err != nil {
			return op, nil, err
		}
		web.Note(ctx, slog.String("access_key", c.caller.AccessKeyID))
		defer func() { s.audit(ctx, c, op, in, err) }()
	}
	if s.Limit != nil {
		if err := s.Limit(op, in); err != nil {
			return op, nil, err
		}
	}
	if err := wire.Validate(in); err != nil {
		return op, nil, err
	}
	err = audit.ErrPanicked // for the audit trail, unless Call returns
	out, err = op.Call(c.attach(ctx), s.Operations, in)
	return op, out, err
}

// target returns the operation that the request names.
func target(r *http.Request) (*wire.Operation, error) {
	if r.Method != http.MethodPost {
		return nil, ErrMethodNotAllowed
	}
	targets := r.Header.Values("X-Amz-Target")
	if len(targets) != 1 {
		return nil, ErrUnknownOperation
	}
	name, ok := strings.CutPrefix(targets[0], targetPrefix)
	if !ok {
		return nil, ErrUnknownOperation
	}
	// A browser sends this content type to another origin only after a preflight
	// request, unlike text/plain.
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != contentType && kind != "application/x-amz-json-1.0" {
		return nil, ErrUnknownOperation
	}
	op := wire.Find(name)
	if op == nil {
		return nil, ErrUnknownOperation
	}
	return op, nil
}
