package relyingparty

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
)

// AttemptLife is how long a person has at the provider (Pomerium: 5 minutes).
// PageLife is how long the wanted page is known: longer, so that an attempt that
// took too long can be started again.
const (
	AttemptLife = 5 * time.Minute
	PageLife    = time.Hour
)

// maxPages is how many wanted pages are kept at once, and maxFinished how many
// finished attempts. Everybody can make them: an attempt is finished by any callback
// of its browser, with a good code or without.
const (
	maxPages    = 10_000
	maxFinished = 10_000
)

// clockLeeway is how much the provider's clock may differ from ours.
const clockLeeway = time.Minute

// Attempts starts and finishes sign-ins at providers. What must be remembered
// meanwhile travels sealed in the state: the provider, the seed of nonce and PKCE
// verifier, where to go on. It is bound to a secret that the browser keeps in a
// cookie, one for all its windows: a callback in another browser is refused. The
// wanted page waits in the store if its address is long. An attempt can
// be finished once.
//
// Box and Store must be set. The caller sets the cookie.
type Attempts struct {
	Box   *seal.Box
	Store interface {
		// SpendTicket remembers key until the given time. Its error is of the kind
		// fault.Expired if the key is known already.
		SpendTicket(ctx context.Context, key string, until time.Time) error
		// KeepSpent forgets the keys with a prefix that end first, until there are
		// most left, or more that end at the same time.
		KeepSpent(ctx context.Context, prefix string, most int) error
		PageStore
	}
	Now func() time.Time // nil: time.Now
}

// PageStore keeps the pages that people wanted.
type PageStore interface {
	// KeepPage remembers a sealed page until the given time, or until there are
	// most pages with a later end.
	KeepPage(ctx context.Context, key string, sealed []byte, until time.Time, most int) error
	// Page returns what KeepPage was given, or ErrNoPage.
	Page(ctx context.Context, key string) ([]byte, error)
}

// ErrNoPage says that a page is not known any more.
var ErrNoPage = fault.New(fault.NotFound, "sign_in_page_not_found", "There is no such page.")

// Finished is a sign-in that has succeeded.
type Finished struct {
	*Result
	Wanted
	Provider Provider
	// Reused says that another account was asked for, but the provider signed
	// the person in again by a session that it had before.
	Reused bool
	// Authenticated is when the person proved to the provider who they are, as the
	// provider says ("auth_time", OpenID Connect Core §2). Zero: it does not say.
	Authenticated time.Time
}

// Wanted says where a sign-in leads, as Begin was given it. If the page is not
// known any more, it is "/".
type Wanted struct{ Return, Page string }

// attempt is the content of the state.
type attempt struct {
	Seed     string    `json:"s"`
	Provider string    `json:"p"`
	Browser  string    `json:"b"`
	Return   string    `json:"r"`
	Page     []byte    `json:"w,omitempty"` // the wanted page, if it is short
	Paged    bool      `json:"g,omitempty"` // it is long: the store has it
	Expires  time.Time `json:"e"`
	Another  bool      `json:"a,omitempty"` // another account was asked for
	// Anew is the MaxAge of an attempt in which the person must prove anew who they are.
	Anew time.Duration `json:"n,omitempty"`
}

// derived returns a value of the attempt for one purpose: 43 characters, fit for
// a nonce, a PKCE verifier and a key.
func (a *attempt) derived(purpose string) string {
	sum := sha256.Sum256([]byte("gatehouse " + purpose + " " + a.Seed))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// reused reports whether the person signed in at the provider before this
// attempt began, although another account was asked for. A provider that does
// not say when ("auth_time", OpenID Connect Core §2) is believed.
func (a *attempt) reused(claims map[string]any) bool {
	at := authTime(claims)
	return a.Another && !at.IsZero() && at.Before(a.began().Add(-clockLeeway))
}

func (a *attempt) began() time.Time { return a.Expires.Add(-AttemptLife) }

func authTime(claims map[string]any) time.Time {
	number, _ := claims["auth_time"].(json.Number)
	at, err := number.Float64()
	if err != nil || at <= 0 || at > 1<<40 {
		return time.Time{}
	}
	return time.Unix(int64(at), 0)
}

// authenticated returns when the person proved who they are. Of two clocks that differ
// a little, ours counts: who did it during the attempt did it after the attempt began,
// and before now.
func (a *attempt) authenticated(claims map[string]any, now time.Time) time.Time {
	at := authTime(claims)
	switch began := a.began(); {
	case at.IsZero():
		return at
	case at.After(now):
		return now
	case at.Before(began) && !at.Before(began.Add(-clockLeeway)):
		return began
	}
	return at
}

// checkAnew returns ErrNotAnew if the person had to prove anew who they are and did not,
// or if the provider does not say when it was.
func (a *attempt) checkAnew(at, now time.Time) error {
	switch {
	case a.Anew == 0:
		return nil
	case at.IsZero():
		return failed(StepClaims, ErrNotAnew, `The provider does not say when you signed in there ("auth_time"), which this application asks for.`)
	case now.Sub(at) > a.Anew:
		return failed(StepClaims, ErrNotAnew, "The provider did not ask you to sign in again.")
	}
	return nil
}

// Start describes a sign-in that begins.
type Start struct {
	RedirectURI    string // our callback as registered with the provider
	Browser        string // names the browser's secret; not the secret itself
	Wanted                // Return must be short; Page may be long
	AnotherAccount bool   // see AuthRequest
	// MaxAge and Anew are those of AuthRequest. With both, Finish returns ErrNotAnew if
	// the person has not proved again who they are.
	MaxAge time.Duration
	Anew   bool
}

// Begin starts a sign-in at p, and returns where to send the browser.
func (as *Attempts) Begin(ctx context.Context, p Provider, s Start) (string, error) {
	a := attempt{
		Seed: ids.Token(), Provider: p.ID(), Browser: s.Browser, Return: s.Return, Paged: len(s.Page) > maxStatePage,
		Expires: as.now().Add(AttemptLife).Truncate(time.Second).UTC(), Another: s.AnotherAccount,
	}
	if s.Anew {
		a.Anew = s.MaxAge
	}
	if !a.Paged && s.Page != noPage {
		a.Page = []byte(s.Page)
	}
	plain, err := json.Marshal(a)
	if err != nil {
		return "", err
	}
	to, err := p.AuthURL(ctx, AuthRequest{
		State: as.Box.SealText(plain, stateContext), Nonce: a.derived("nonce"), Challenge: oauth2.S256ChallengeFromVerifier(a.derived("verifier")),
		RedirectURI: s.RedirectURI, AnotherAccount: s.AnotherAccount, MaxAge: s.MaxAge, Anew: s.Anew,
	})
	if err != nil || !a.Paged {
		return to, err
	}
	key := a.derived("page")
	return to, as.Store.KeepPage(ctx, key, as.Box.Seal([]byte(s.Page), key), as.now().Add(PageLife), maxPages)
}

const stateContext = "sign-in state"

// noPage is the page of an attempt that keeps none. A page of up to maxStatePage
// bytes travels in the state: everybody can begin a sign-in, and few of them
// should write to the store.
const (
	noPage       = "/"
	maxStatePage = 256
)

// Callback is a provider's answer as it reached us.
type Callback struct {
	Answer      url.Values
	Browsers    []string // as for Start, for each secret of the browser; empty: it has none
	RedirectURI string   // where it came to
}

// Finish takes the provider's answer. provider returns a provider by id, or nil.
// The errors are StepErrors, or those of the store.
func (as *Attempts) Finish(ctx context.Context, c Callback, provider func(id string) Provider) (*Finished, error) {
	a, err := as.open(c)
	if err != nil {
		return nil, err
	}
	p := provider(a.Provider)
	if p == nil {
		return nil, failed(StepCallback, ErrState, "The identity provider of this sign-in is not configured any more.")
	}
	wanted, err := as.wanted(ctx, a)
	if err != nil {
		return nil, err
	}
	if err := as.spend(ctx, a); err != nil {
		return nil, err
	}
	if err := checkAnswer(ctx, c.Answer, p); err != nil {
		return nil, err
	}
	r, err := p.Exchange(ctx, seal.Secret(c.Answer.Get("code")), a.derived("verifier"), a.derived("nonce"), c.RedirectURI)
	if err != nil {
		return nil, err
	}
	if iss := c.Answer.Get("iss"); iss != "" && iss != r.Issuer {
		return nil, otherIssuer(iss)
	}
	now := as.now()
	at := a.authenticated(r.Claims, now)
	if err := a.checkAnew(at, now); err != nil {
		return nil, err
	}
	return &Finished{Result: r, Wanted: wanted, Provider: p, Reused: a.reused(r.Claims), Authenticated: at}, nil
}

// spend makes sure that an attempt is finished once. A store that does not answer is
// no attempt that was finished: the person is told to try again.
//
// Their number is looked at now and then, by chance, which costs little. An attempt
// that is forgotten before its time could be finished again only by its own browser,
// and only with a code that the provider has not taken.
func (as *Attempts) spend(ctx context.Context, a *attempt) error {
	id := a.derived("state")
	err := as.Store.SpendTicket(ctx, finishedPrefix+id, a.Expires)
	if err != nil && fault.KindOf(err) == fault.Expired {
		return failed(StepCallback, ErrState, "This sign-in was finished already.").because(err)
	}
	if err == nil && strings.HasPrefix(id, "A") { // one in 64
		return as.Store.KeepSpent(ctx, finishedPrefix, maxFinished)
	}
	return err
}

const finishedPrefix = "state "

// Peek returns which provider an answer belongs to and what Begin was given,
// without finishing the sign-in. A page that shows what went wrong needs both. It
// reads an attempt that took too long as well. The errors are ErrState, or those
// of the store.
func (as *Attempts) Peek(ctx context.Context, c Callback) (provider string, w Wanted, err error) {
	a, err := as.unseal(c)
	if err != nil {
		return "", w, err
	}
	w, err = as.wanted(ctx, a)
	return a.Provider, w, err
}

// wanted returns what Begin was given.
func (as *Attempts) wanted(ctx context.Context, a *attempt) (Wanted, error) {
	w := Wanted{a.Return, cmp.Or(string(a.Page), noPage)}
	if !a.Paged {
		return w, nil
	}
	key := a.derived("page")
	sealed, err := as.Store.Page(ctx, key)
	if errors.Is(err, ErrNoPage) {
		return w, nil
	}
	if err != nil {
		return w, err
	}
	page, err := as.Box.Open(sealed, key)
	if err != nil {
		return w, failed(StepCallback, ErrState, "The wanted page of this sign-in was changed.").because(err)
	}
	w.Page = string(page)
	return w, nil
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

// open returns the attempt of a callback, if it may still be finished.
func (as *Attempts) open(c Callback) (*attempt, error) {
	a, err := as.unseal(c)
	if err == nil && !as.now().Before(a.Expires) {
		return nil, failed(StepCallback, ErrState, "The sign-in took longer than %s.", AttemptLife)
	}
	return a, err
}

// unseal opens the state, and compares it with the browser; RFC 6749 §10.12.
func (as *Attempts) unseal(c Callback) (*attempt, error) {
	state := c.Answer.Get("state")
	if state == "" || len(c.Browsers) == 0 {
		return nil, failed(StepCallback, ErrState, "The callback has no state that belongs to this browser.")
	}
	plain, err := as.Box.OpenText(state, stateContext)
	if err != nil {
		return nil, failed(StepCallback, ErrState, "The state of the callback was changed, or was not made here.").because(err)
	}
	var a attempt
	if err := json.Unmarshal(plain, &a); err != nil {
		return nil, failed(StepCallback, ErrState, "The state of the callback can't be read.").because(err)
	}
	if !slices.ContainsFunc(c.Browsers, a.isOf) {
		return nil, failed(StepCallback, ErrState, "The state of the callback belongs to another browser.")
	}
	return &a, nil
}

// isOf reports whether the attempt began in a browser.
func (a *attempt) isOf(browser string) bool {
	return browser != "" && subtle.ConstantTimeCompare([]byte(a.Browser), []byte(browser)) == 1
}

// checkAnswer checks that the answer comes from p (RFC 9207 §2.4), is no error,
// and holds a code.
func checkAnswer(ctx context.Context, answer url.Values, p Provider) error {
	if len(answer["iss"]) > 1 || len(answer["code"]) > 1 {
		return failed(StepCallback, ErrUntrusted, "The callback has a parameter twice.") // RFC 6749 §3.1
	}
	if err := p.CheckIssuer(ctx, answer.Get("iss")); err != nil {
		return err
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

func otherIssuer(iss string) error {
	return failed(StepCallback, ErrUntrusted, "The callback comes from %q, not from the provider that was asked.", clean(iss, maxDescription))
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
