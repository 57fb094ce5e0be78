package cognitoapi

import (
	"cmp"
	"context"
	"net/http"
	"net/textproto"
	"net/url"

	"gatehouse/internal/directory/sigv4"
	"gatehouse/internal/directory/site"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/trigger"
)

// Caller is the owner of the access key that signed a request.
type Caller struct {
	AccessKeyID string
	Region      string // the region for which the request was signed
}

// Client is what a request says about the program that sent it. Nothing proves that
// it is true.
type Client struct {
	UserAgent string // names the SDK, also in a browser
	Peer      string // the remote address of the connection, with its port
}

// call is what the context of an operation carries about its request.
type call struct {
	caller Caller
	signed bool
	client Client
	from   token.Visitor
}

type callKey struct{}

// CallerOf returns the caller of the request to which ctx belongs. It returns false
// in an operation that needs no signature.
func CallerOf(ctx context.Context) (Caller, bool) {
	c, _ := ctx.Value(callKey{}).(*call)
	if c == nil || !c.signed {
		return Caller{}, false
	}
	return c.caller, true
}

// ClientOf returns the client of the request to which ctx belongs.
func ClientOf(ctx context.Context) Client {
	if c, _ := ctx.Value(callKey{}).(*call); c != nil {
		return c.client
	}
	return Client{}
}

// visitorOf returns what the request to which ctx belongs says of the program that
// sent it: in a browser the browser, and not the SDK.
func visitorOf(ctx context.Context) token.Visitor {
	if c, _ := ctx.Value(callKey{}).(*call); c != nil {
		return c.from
	}
	return token.Visitor{}
}

func newCall(r *http.Request) *call {
	agent := cmp.Or(r.Header.Get("X-Amz-User-Agent"), r.UserAgent())
	return &call{client: Client{UserAgent: agent, Peer: r.RemoteAddr}, from: site.VisitorOf(r)}
}

// attach returns a context that carries c.
func (c *call) attach(ctx context.Context) context.Context {
	return trigger.WithAgent(context.WithValue(ctx, callKey{}, c), c.client.UserAgent)
}

// SignedBy returns a function for [Server.Authenticate] that checks signatures with
// v.
func SignedBy(v *sigv4.Verifier) func(context.Context, *http.Request, []byte) (Caller, error) {
	return func(ctx context.Context, r *http.Request, body []byte) (Caller, error) {
		s, err := v.Verify(ctx, signedRequest(r), body)
		return Caller{AccessKeyID: s.AccessKeyID, Region: s.Region}, err
	}
}

// KeyKnownTo returns a function for [Server.KnowsKey] that asks v.
func KeyKnownTo(v *sigv4.Verifier) func(context.Context, *http.Request) (bool, error) {
	return func(ctx context.Context, r *http.Request) (bool, error) { return v.KnowsKey(ctx, signedRequest(r)) }
}

func signedRequest(r *http.Request) *sigv4.Request {
	return &sigv4.Request{Method: r.Method, URL: sentURL(r), Host: r.Host, Header: textproto.MIMEHeader(r.Header), ContentLength: r.ContentLength}
}

// sentURL returns the URL of a request as the client sent and signed it. Under a
// directory whose URL has a path, r.URL begins after that path.
func sentURL(r *http.Request) *url.URL {
	if u, err := url.ParseRequestURI(r.RequestURI); err == nil {
		return u
	}
	return r.URL
}
