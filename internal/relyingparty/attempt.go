package relyingparty

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
)

// AttemptLife is how long a person has at the provider (Pomerium: 5 minutes).
// CookieLife is how long the browser keeps the cookie of an attempt: longer,
// so that the page of an attempt that took too long can start it again.
const (
	AttemptLife = 5 * time.Minute
	CookieLife  = time.Hour
)

// clockLeeway is how much the provider's clock may differ from ours.
const clockLeeway = time.Minute

// Attempts starts and finishes sign-ins at providers. A sealed cookie of the
// browser holds what must be remembered meanwhile: the nonce, the PKCE verifier,
// where to go on. A callback in another browser has no such cookie and is
// refused. An attempt can be finished once.
//
// Box and Store must be set. The caller sets and clears the cookies.
type Attempts struct {
	Box   *seal.Box
	Store interface {
		SpendTicket(ctx context.Context, key string, until time.Time) error
	}
	Now func() time.Time // nil: time.Now
}

// Begun is a sign-in that has started.
type Begun struct {
	URL    string // where to send the browser
	Cookie string // the cookie's name, without prefix; each state has its own
	Value  string // the cookie's value; keep it for CookieLife
}

// Finished is a sign-in that has succeeded.
type Finished struct {
	*Result
	Provider Provider
	Return   string // as it was given to Begin
	// Reused says that another account was asked for, but the provider signed
	// the person in again by a session that it had before.
	Reused bool
}

// attempt is the content of the cookie.
type attempt struct {
	State    string    `json:"s"`
	Nonce    string    `json:"n"`
	Verifier string    `json:"v"`
	Provider string    `json:"p"`
	Redirect string    `json:"u"`
	Return   string    `json:"r"`
	Expires  time.Time `json:"e"`
	Another  bool      `json:"a,omitempty"` // another account was asked for
}

// reused reports whether the person signed in at the provider before this
// attempt began, although another account was asked for. A provider that does
// not say when ("auth_time", OpenID Connect Core §2) is believed.
func (a *attempt) reused(claims map[string]any) bool {
	at, ok := claims["auth_time"].(float64)
	began := a.Expires.Add(-AttemptLife)
	return a.Another && ok && time.Unix(int64(at), 0).Before(began.Add(-clockLeeway))
}

// Start describes a sign-in that begins.
type Start struct {
	RedirectURI    string // our callback as registered with the provider
	Return         string // comes back from Finish
	AnotherAccount bool   // see AuthRequest
}

// Begin starts a sign-in at p.
func (as *Attempts) Begin(ctx context.Context, p Provider, s Start) (*Begun, error) {
	a := attempt{
		State: ids.Token(), Nonce: ids.Token(), Verifier: oauth2.GenerateVerifier(),
		Provider: p.ID(), Redirect: s.RedirectURI, Return: s.Return, Expires: as.now().Add(AttemptLife),
		Another: s.AnotherAccount,
	}
	to, err := p.AuthURL(ctx, AuthRequest{
		State: a.State, Nonce: a.Nonce, Challenge: oauth2.S256ChallengeFromVerifier(a.Verifier), RedirectURI: s.RedirectURI,
		AnotherAccount: s.AnotherAccount,
	})
	if err != nil {
		return nil, err
	}
	plain, err := json.Marshal(a)
	if err != nil {
		return nil, err
	}
	name := CookieOf(a.State)
	return &Begun{URL: to, Cookie: name, Value: as.Box.SealText(plain, name)}, nil
}

// CookieOf returns the name of the cookie of a state. Each attempt has its own,
// so that several windows of one browser can sign in at the same time.
func CookieOf(state string) string {
	sum := sha256.Sum256([]byte(state))
	return cookiePrefix + hex.EncodeToString(sum[:6])
}

const cookiePrefix = "_gatehouse_attempt_"

// IsAttemptCookie reports whether a cookie with this name, without prefix, is
// one of an attempt.
func IsAttemptCookie(name string) bool { return strings.HasPrefix(name, cookiePrefix) }

// Finish takes the provider's answer: the parameters of the callback, and the
// cookie named CookieOf(state). The caller clears that cookie, also after an
// error. provider returns a provider by id, or nil. The errors are StepErrors,
// or those of the store.
func (as *Attempts) Finish(ctx context.Context, answer url.Values, cookie string, provider func(id string) Provider) (*Finished, error) {
	a, err := as.open(answer.Get("state"), cookie)
	if err != nil {
		return nil, err
	}
	p := provider(a.Provider)
	if p == nil {
		return nil, failed(StepCallback, ErrState, "The identity provider of this sign-in is not configured any more.")
	}
	if err := as.Store.SpendTicket(ctx, "state "+a.State, a.Expires); err != nil {
		return nil, failed(StepCallback, ErrState, "This sign-in was finished already.").because(err)
	}
	if err := checkAnswer(answer, p); err != nil {
		return nil, err
	}
	r, err := p.Exchange(ctx, seal.Secret(answer.Get("code")), a.Verifier, a.Nonce, a.Redirect)
	if err != nil {
		return nil, err
	}
	return &Finished{Result: r, Provider: p, Return: a.Return, Reused: a.reused(r.Claims)}, nil
}

// Peek returns which provider an answer belongs to and the Return that Begin
// was given, without finishing the sign-in. A page that shows what went wrong
// needs both. It reads an attempt that took too long as well. The error is
// ErrState.
func (as *Attempts) Peek(answer url.Values, cookie string) (provider, ret string, err error) {
	a, err := as.unseal(answer.Get("state"), cookie)
	if err != nil {
		return "", "", err
	}
	return a.Provider, a.Return, nil
}

// AnswerOf returns the parameters of a provider's answer from a posted form
// (response_mode=form_post).
func AnswerOf(form url.Values) url.Values {
	q := url.Values{}
	for _, name := range []string{"code", "state", "iss", "error", "error_description"} {
		if v := form.Get(name); v != "" {
			q.Set(name, v)
		}
	}
	return q
}

// open returns the attempt of a state, if it may still be finished.
func (as *Attempts) open(state, cookie string) (*attempt, error) {
	a, err := as.unseal(state, cookie)
	if err == nil && !as.now().Before(a.Expires) {
		return nil, failed(StepCallback, ErrState, "The sign-in took longer than %s.", AttemptLife)
	}
	return a, err
}

// unseal compares the state with the cookie; RFC 6749 §10.12.
func (as *Attempts) unseal(state, cookie string) (*attempt, error) {
	if state == "" || cookie == "" {
		return nil, failed(StepCallback, ErrState, "The callback has no state that belongs to this browser.")
	}
	plain, err := as.Box.OpenText(cookie, CookieOf(state))
	if err != nil {
		return nil, failed(StepCallback, ErrState, "The cookie of this sign-in was changed.").because(err)
	}
	var a attempt
	if err := json.Unmarshal(plain, &a); err != nil {
		return nil, failed(StepCallback, ErrState, "The cookie of this sign-in can't be read.").because(err)
	}
	if subtle.ConstantTimeCompare([]byte(a.State), []byte(state)) != 1 {
		return nil, failed(StepCallback, ErrState, "The state of the callback is another sign-in's.")
	}
	return &a, nil
}

// checkAnswer checks that the answer comes from p (RFC 9207 §2.4), is no error,
// and holds a code.
func checkAnswer(answer url.Values, p Provider) error {
	if named, ok := p.(interface{ Issuer() string }); ok && answer.Has("iss") && answer.Get("iss") != named.Issuer() {
		return failed(StepCallback, ErrUntrusted, "The callback comes from %q, not from the provider that was asked.", clean(answer.Get("iss"), maxDescription))
	}
	if code := answer.Get("error"); code != "" {
		advice := "The identity provider ended the sign-in (" + clean(code, maxCode) + ")."
		if advised := callbackAdvice[code]; advised != "" {
			advice += " " + advised
		}
		return failed(StepCallback, ErrRefused, "%s", advice).answered(0, code, answer.Get("error_description"))
	}
	if answer.Get("code") == "" {
		return failed(StepCallback, ErrUntrusted, "The callback holds neither a code nor an error.")
	}
	return nil
}

// callbackAdvice says what to do about the errors of RFC 6749 §4.1.2.1.
var callbackAdvice = map[string]string{
	"access_denied":             "The person refused, or may not use this client.",
	"unauthorized_client":       "Allow the authorization code grant for this client at the provider.",
	"unsupported_response_type": "Allow the authorization code grant for this client at the provider.",
	"invalid_scope":             "The client may not ask for one of the scopes. Check the list of scopes.",
	"invalid_request":           "Check that PKCE and the callback URL are as the provider wants them.",
	"server_error":              "The provider had a failure of its own.",
	"temporarily_unavailable":   "The provider is overloaded.",
}

func (as *Attempts) now() time.Time {
	if as.Now != nil {
		return as.Now()
	}
	return time.Now()
}
