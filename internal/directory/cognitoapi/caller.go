package cognitoapi

import (
	"cmp"
	"context"
	"net/http"

	"gatehouse/internal/directory/sigv4"
)

// Caller is who signed a request.
type Caller struct {
	AccessKeyID string
	Region      string // the one that the request was signed for
}

// Client is what a request says of the program that sent it. It proves nothing.
type Client struct {
	UserAgent string // names the SDK; of a browser, what its SDK says
	Peer      string // the address of the connection's other end, with its port
}

// call is what the context of an operation carries.
type call struct {
	caller Caller
	signed bool
	client Client
}

type callKey struct{}

// CallerOf returns who signed the request that ctx belongs to; false in an
// operation that needs no signature.
func CallerOf(ctx context.Context) (Caller, bool) {
	c, _ := ctx.Value(callKey{}).(*call)
	if c == nil || !c.signed {
		return Caller{}, false
	}
	return c.caller, true
}

// ClientOf returns what the request that ctx belongs to says of its sender.
func ClientOf(ctx context.Context) Client {
	if c, _ := ctx.Value(callKey{}).(*call); c != nil {
		return c.client
	}
	return Client{}
}

func newCall(r *http.Request) *call {
	agent := cmp.Or(r.Header.Get("X-Amz-User-Agent"), r.UserAgent())
	return &call{client: Client{UserAgent: agent, Peer: r.RemoteAddr}}
}

// attach returns ctx with c on it.
func (c *call) attach(ctx context.Context) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

// SignedBy returns a [Server.Authenticate] that believes v.
func SignedBy(v *sigv4.Verifier) func(context.Context, *http.Request, []byte) (Caller, error) {
	return func(ctx context.Context, r *http.Request, body []byte) (Caller, error) {
		s, err := v.Verify(ctx, r, body)
		return Caller{AccessKeyID: s.AccessKeyID, Region: s.Region}, err
	}
}
