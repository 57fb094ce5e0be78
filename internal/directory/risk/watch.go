package risk

import (
	"context"
	"errors"
	"time"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Watch looks at one request. A nil Watch is that of a pool without threat
// protection: it allows everything, and reads and writes nothing.
type Watch struct {
	e        *Engine
	pool     *userpool.Pool
	client   userpool.ClientID
	settings Settings
	enforced bool
	here     here
	now      time.Time

	compromised bool // a new password is a published one
}

// Watch returns the watch over a request at a client, or nil. byFunctions says that
// the pool's functions decide the sign-in. ErrAddress.
func (e *Engine) Watch(ctx context.Context, p *userpool.Pool, client userpool.ClientID, v Visit, byFunctions bool) (*Watch, error) {
	mode := p.Settings.Threats.Of(byFunctions)
	if mode == userpool.ThreatsIgnored {
		return nil, nil
	}
	w := &Watch{e: e, pool: p, client: client, enforced: mode == userpool.ThreatsEnforced, now: e.now()}
	var err error
	if w.here, err = e.here(v); err != nil {
		return nil, err
	}
	w.settings, err = e.acting(ctx, p.ID, client)
	return w, err
}

// Admit refuses an address that is always blocked: ErrBlocked. For a request that is
// no sign-in, its text is another one.
func (w *Watch) Admit(signIn bool) error {
	switch {
	case w == nil || !w.enforced || !w.blockedAddress():
		return nil
	case signIn:
		return ErrBlocked
	}
	return errNotAllowed
}

func (w *Watch) blockedAddress() bool {
	x := w.settings.Exceptions
	return x != nil && within(w.here.address, x.Blocked)
}

func (w *Watch) skippedAddress() bool {
	x := w.settings.Exceptions
	return x != nil && within(w.here.address, x.Skipped)
}

// NewPassword refuses a published password: ErrCompromised. It does not if the
// configuration does not say so.
func (w *Watch) NewPassword(at Occasion, password seal.Secret) error {
	if w == nil || password == "" || !w.settings.Compromised.looks(at) || !w.e.compromised().Has(password) {
		return nil
	}
	w.compromised = true
	if w.enforced && w.settings.Compromised.blocks(at) {
		return ErrCompromised
	}
	return nil
}

// Assessment is what is known of a sign-in, and what is asked because of it. It
// travels sealed with the client from step to step.
type Assessment struct {
	Event       string    `json:"e"` // the id of the event
	Began       time.Time `json:"b"`
	Level       Level     `json:"l,omitempty"`
	Compromised bool      `json:"c,omitempty"`
	AsksMFA     bool      `json:"m,omitempty"` // a second factor is asked for, if the user can give one
	Answers     []Answer  `json:"a,omitempty"` // what the user has proved so far
}

// Proof is how the user has proved who it is so far.
type Proof struct {
	Password    seal.Secret // "": the password is not known here
	ByFunctions bool        // by what the pool's functions ask
	Strong      bool        // by two factors, or by a passkey
	CanGoOn     bool        // the user can prove another factor
}

// Assess weighs the sign-in of a user who has proved the first factor, tells the
// user about it if the configuration says so, and refuses it if that blocks it. The
// assessment is returned with an error, too. ErrCompromised: the user must set
// another password. ErrBlocked. A nil watch returns nil.
func (w *Watch) Assess(ctx context.Context, u *user.User, proof Proof) (*Assessment, error) {
	if w == nil {
		return nil, nil
	}
	a := &Assessment{Event: ids.UUID(), Began: w.now}
	if err := w.checkPassword(a, proof.Password); err != nil || w.skippedAddress() {
		return a, err
	}
	var err error
	if a.Level, err = w.level(ctx, u); err != nil || a.Level == "" || !w.enforced {
		return a, err
	}
	action := w.settings.Takeover.of(a.Level)
	if action == nil {
		return a, nil
	}
	do := decide(action.Do, proof)
	a.AsksMFA = do == MFAIfConfigured
	if action.Notify {
		w.e.tell(ctx, w, u, a, do)
	}
	if do == Block {
		return a, ErrBlocked
	}
	return a, nil
}

func (w *Watch) checkPassword(a *Assessment, password seal.Secret) error {
	err := w.NewPassword(AtSignIn, password)
	a.Compromised = w.compromised
	return err
}

// decide returns what an action comes to after a proof: Block, MFAIfConfigured if a
// second factor is asked for, or NoAction. Cognito: AccountTakeoverActionType.
func decide(action string, proof Proof) string {
	possible := !proof.ByFunctions && proof.CanGoOn
	switch {
	case action == Block:
		return Block
	case action == NoAction || proof.Strong:
		return NoAction
	case possible:
		return MFAIfConfigured
	case action == MFARequired:
		return Block
	}
	return NoAction
}

// compared is how many known events a sign-in is compared with.
const compared = 50

// level compares a sign-in with those of the user that are known.
func (w *Watch) level(ctx context.Context, u *user.User) (Level, error) {
	known, err := w.e.store.KnownEvents(ctx, w.pool.ID, u.Sub, compared)
	if err != nil {
		return "", err
	}
	newDevice := differs(known, w.here.mark, func(x *Event) string { return x.Mark })
	newNetwork := differs(known, networkOf(w.here.addressText()), func(x *Event) string { return networkOf(x.Address) })
	switch {
	case newNetwork && w.tooFast(known):
		return High, nil
	case newNetwork && newDevice:
		return Medium, nil
	case newNetwork || newDevice:
		return Low, nil
	}
	return "", nil
}

// differs reports whether some events tell a value, and none of them this one.
func differs(known []*Event, here string, of func(*Event) string) bool {
	told := false
	for _, x := range known {
		there := of(x)
		if here == "" || there == here {
			return false
		}
		told = told || there != ""
	}
	return told
}

// tooFast compares with the last known sign-in whose place is known.
func (w *Watch) tooFast(known []*Event) bool {
	for _, x := range known {
		if x.Place != nil && w.here.located {
			return tooFast(*x.Place, w.here.place, w.now.Sub(x.Created))
		}
	}
	return false
}

// Result is what came of a request.
type Result struct {
	Type     string
	Response string
	Err      error       // that the request ends with; nil: none
	Sign     *Assessment // of a sign-in that was assessed; else nil
	Answers  []Answer
}

// Record adds what came of a request to the history of a user. If u is nil, it does
// the same work, and nothing stays.
func (w *Watch) Record(ctx context.Context, u *user.User, r Result) error {
	if w == nil {
		return nil
	}
	if u == nil {
		return w.e.store.PretendEvent(ctx, w.now)
	}
	x := &Event{
		Pool: w.pool.ID, Sub: u.Sub, ID: ids.UUID(), Created: w.now, Type: r.Type, Response: r.Response, Decision: noRisk, Compromised: w.compromised, Answers: r.Answers,
		Client: w.client, Address: w.here.addressText(), Device: w.here.device, Mark: w.here.mark, Timezone: w.here.timezone, Told: w.here.told,
	}
	if w.here.located {
		x.Place = &w.here.place
	}
	if s := r.Sign; s != nil {
		x.ID, x.Created, x.Level, x.Compromised = s.Event, s.Began, s.Level, s.Compromised || w.compromised
	}
	switch {
	case errors.Is(r.Err, ErrBlocked) && w.blockedAddress():
		x.Decision = alwaysBlocked
	case x.Level != "":
		x.Decision = accountTakeover
	}
	err := w.e.store.PutEvent(ctx, x)
	switch {
	case errors.Is(err, user.ErrUserNotFound): // deleted meanwhile, with its history
		return nil
	case err != nil:
		return err
	}
	return w.e.export(ctx, w.pool, u, x)
}
