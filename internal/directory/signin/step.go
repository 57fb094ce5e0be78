package signin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/device"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// attempt is one sign-in during one call: what is known so far, and what the
// client sent.
type attempt struct {
	pool    *userpool.Pool
	client  *userpool.Client
	user    *user.User          // nil: no user has the name, and the client must not learn that
	name    string              // as the client sent it first
	given   map[string]string   // AuthParameters of a flow, or ChallengeResponses
	proved  []credential.Factor // what is proved so far
	then    string              // the challenge to ask next; "": the first that is due
	session seal.Secret         // of a flow; "": none
	wanted  []int               // the levels of assurance that the client asks for, best first; nil: any
	target  int                 // that of them which the user is to reach; 0: not known yet, or any
	roams   bool                // the passkey that was proved is of another device
	resumed bool                // it goes on from the session of a browser
	setUp   string              // the address for codes that the user sets up; "": the user's own
	from    token.Visitor
	issues  bool // tokens follow a complete sign-in at once
	visit   risk.Visit
	named   device.Key     // the device that the client named in an earlier step; "": none
	device  *device.Device // nil: none, or not looked for yet
	now     time.Time

	// ClientMetadata, for the pool's functions: of the call that began the sign-in,
	// or of one that answers a challenge. nil: none was sent.
	validation, metadata map[string]string
	answered             string // the challenge that this call answers; "": none

	custom *custom // nil: the flow is not CUSTOM_AUTH, or its functions have issued tokens
	label  *string // what the functions call the question that is answered

	watch     *risk.Watch      // nil: the pool does not protect the sign-in, or the user is not looked for yet
	risk      *risk.Assessment // nil: not weighed yet
	recording bool             // what comes of this call is recorded
	weighed   bool             // in an earlier call
	tried     []risk.Answer    // before it was weighed
	password  seal.Secret      // that the user has proved in this call; "": none, or with SRP

	secure func(*user.Security) error // the change that a right answer asks for; nil: none
	left   leftover

	counted *counted      // when the step began; nil: not known
	groups  []*user.Group // of the user; nil: not known
}

// Response answers a challenge.
type Response struct {
	Challenge string
	Session   seal.Secret
	Answers   map[string]string // ChallengeResponses
	From      token.Visitor
	Visit     risk.Visit
	Metadata  map[string]string // ClientMetadata, for the pool's functions

	issues bool // see attempt
}

// Answer takes the next step of a sign-in. It issues no tokens: see Respond.
func (e *Engine) Answer(ctx context.Context, p *userpool.Pool, c *userpool.Client, in Response) (*Outcome, error) {
	if err := needAll(in.Answers, "USERNAME"); err != nil {
		return nil, err
	}
	ch := challengeNamed(in.Challenge)
	if ch == nil {
		return nil, ErrSessionInvalid
	}
	a := &attempt{pool: p, client: c, given: in.Answers, from: in.From, visit: in.Visit, issues: in.issues, now: e.now(), metadata: in.Metadata, answered: in.Challenge}
	return e.recorded(ctx, a, func() (*Outcome, error) {
		return e.settled(ctx, a, func() (*Outcome, error) { return e.answer(ctx, ch, a, in) })
	})
}

func (e *Engine) answer(ctx context.Context, ch challenge, a *attempt, in Response) (*Outcome, error) {
	if err := needAll(a.given, ch.rules().needs...); err != nil {
		return nil, err
	}
	s, sealed, err := e.opened(ctx, ch, a, in)
	if err != nil {
		return nil, err
	}
	if err := e.keepWatch(ctx, a); err != nil {
		return nil, err
	}
	// Before anything is changed, but not before the client may know of the user.
	if len(a.proved) > 0 {
		if err := e.recognise(ctx, a); err != nil {
			return nil, err
		}
	}
	right, err := e.check(ctx, ch, a, s, sealed)
	if err != nil {
		return nil, err
	}
	if a.custom != nil {
		a.custom.Rounds = append(a.custom.Rounds, trigger.Round{Challenge: ch.rules().name, Right: right, Metadata: a.label})
	}
	return e.next(ctx, a)
}

// opened returns the state that the client sent back, as it is and sealed, and
// loads the user whom it is about.
func (e *Engine) opened(ctx context.Context, ch challenge, a *attempt, in Response) (s *state, sealed []byte, err error) {
	if sealed, err = ch.rules().carrier.take(in, a.client.ID); err != nil {
		return nil, nil, err
	}
	if s, err = e.open(ch, a, sealed); err != nil {
		return nil, nil, err
	}
	return s, sealed, e.identify(ctx, a, s, ch.rules().proves)
}

// check asks the challenge whether the answer is right, and uses the state up
// if it is, or leaves that. The state is used up before the wrong answers are
// forgotten: a right answer that is sent twice must not clear the count. A wrong answer
// is an error, except for a challenge after which the sign-in goes on.
func (e *Engine) check(ctx context.Context, ch challenge, a *attempt, s *state, sealed []byte) (right bool, err error) {
	once := func(leave bool) (bool, error) {
		right, err := ch.answer(ctx, e, a, kept{question: s.Keep, sealed: sealed})
		if err != nil || !right {
			return false, err
		}
		// A client that named a device which was forgotten tries again without it.
		if err := e.recognise(ctx, a); err != nil {
			return false, err
		}
		a.left.state, a.left.secure = s, a.secure
		if leave {
			return true, nil
		}
		return true, e.settleNow(ctx, a)
	}
	r := ch.rules()
	if code, is := a.recoveryCode(ch, s.Keep); is {
		return e.recover(ctx, a, s, code, r.wrong)
	}
	if r.proves != "" {
		err = e.prove(ctx, a, r.proves, r.wrong, once)
	} else if right, err = once(a.mayLeave()); err == nil && !right {
		err = r.wrong
	}
	if r.goesOn && errors.Is(err, r.wrong) {
		return false, e.spend(ctx, s)
	}
	return err == nil, err
}

// prove lets the user prove a factor once, unless the factor is locked. If the
// proof is right, the attempt has proved the factor. If it is wrong, that is
// counted and the error is wrong. proof learns whether what follows from it may be
// left ([leftover]).
func (e *Engine) prove(ctx context.Context, a *attempt, f credential.Factor, wrong error, proof func(leave bool) (bool, error)) error {
	guesser := credential.Guesser(f, a.pool, a.user, a.name)
	right, err := e.credentials.TryInTurn(ctx, a.pool.ID, guesser, a.countOf(guesser), func(t *credential.Turn) (bool, error) {
		leave := a.mayLeave() && t.Leave()
		right, err := proof(leave)
		if err == nil && right && leave {
			a.left.guesser = guesser
		}
		return right, err
	})
	if err != nil {
		return err
	}
	a.note(right)
	if !right && f == credential.FactorPassword {
		return cmp.Or(a.neverRight(), wrong)
	}
	if !right {
		return wrong
	}
	if !slices.Contains(a.proved, f) {
		a.proved = append(a.proved, f)
	}
	return nil
}

// neverRight returns what the client is told if no password is right, since the user
// never had one: they must choose one with a code, as users from a file do, or sign in
// at their identity provider. Cognito: "Importing users into user pools from a CSV
// file".
func (a *attempt) neverRight() error {
	u := a.user
	switch {
	case u == nil || !u.Enabled || u.Password != nil || u.Security.PasswordOff || a.client.Settings.HideUserExistence:
		return nil
	case u.Status == user.ResetRequired:
		return ErrResetRequired
	case u.Status == user.External:
		return ErrNoPassword
	}
	return nil
}

// findUser loads the user with the attempt's name. If there is none it returns
// user.ErrUserNotFound; for a client that hides whether users exist it returns
// no error, and a.user stays nil.
func (e *Engine) findUser(ctx context.Context, a *attempt) error {
	u, err := e.look(ctx, a, a.name, credential.FactorPassword)
	if errors.Is(err, user.ErrUserNotFound) && a.client.Settings.HideUserExistence {
		return nil
	}
	a.user = u
	return err
}

// next asks the challenge that was chosen or is due, or completes the sign-in.
func (e *Engine) next(ctx context.Context, a *attempt) (*Outcome, error) {
	if a.then != "" {
		ch := challengeNamed(a.then)
		if ch == nil {
			return nil, fmt.Errorf("the chosen challenge %q is not in the table", a.then)
		}
		return e.ask(ctx, ch, a)
	}
	if a.custom != nil {
		return e.define(ctx, a)
	}
	if err := a.admit(); err != nil {
		return nil, err
	}
	if err := a.aim(); err != nil {
		return nil, err
	}
	if err := e.recognise(ctx, a); err != nil {
		return nil, err
	}
	if err := e.assess(ctx, a); err != nil {
		return nil, err
	}
	for _, ch := range challenges {
		due, err := ch.due(ctx, e, a)
		if err != nil {
			return nil, err
		}
		if due {
			return e.ask(ctx, ch, a)
		}
	}
	switch {
	case a.user.Status != user.Confirmed:
		return nil, ErrWrongPassword
	case a.level() < a.target:
		return nil, ErrLevel
	}
	return e.complete(ctx, a)
}

// admit refuses a user who may not sign in, and an attempt that has proved
// nothing.
func (a *attempt) admit() error {
	if a.user == nil || len(a.proved) == 0 {
		return fmt.Errorf("sign-in to client %s of pool %s has proved no factor", a.client.ID, a.pool.ID)
	}
	switch {
	case !a.user.Enabled:
		return ErrDisabled
	case a.user.Status == user.Unconfirmed:
		return ErrNotConfirmed
	case a.user.Status == user.ResetRequired:
		return ErrResetRequired
	case a.user.Status == user.ForceChangePassword && a.temporaryExpired():
		return ErrTemporaryExpired
	}
	return nil
}

func (a *attempt) temporaryExpired() bool {
	expires := a.user.Password.Expires
	return !expires.IsZero() && !a.now.Before(expires)
}

// maxSession is the longest Session that an answer may have. Cognito: SessionType.
const maxSession = 2048

// ask gives the client a challenge, and the sealed state of the attempt.
func (e *Engine) ask(ctx context.Context, ch challenge, a *attempt) (*Outcome, error) {
	if err := e.settleNow(ctx, a); err != nil {
		return nil, err
	}
	q, err := ch.ask(ctx, e, a)
	if err != nil {
		return nil, err
	}
	sealed, err := e.seal(ch, a, q.keep)
	if err != nil {
		return nil, err
	}
	out := &Challenge{Name: ch.rules().name, Parameters: q.parameters, Available: q.available}
	ch.rules().carrier.put(out, a.client.ID, sealed)
	if len(out.Session) > maxSession {
		return nil, trigger.ErrOutput.Because(errSessionTooLong)
	}
	return &Outcome{User: a.user, Challenge: out, Resumed: a.resumed, Recoverable: a.recoverable(ch, q.keep)}, nil
}

// needAll returns ErrParameter if one of the names has no value.
func needAll(given map[string]string, names ...string) error {
	for _, name := range names {
		if given[name] == "" {
			return ErrParameter.Saying("Missing required parameter %s", name)
		}
	}
	return nil
}
