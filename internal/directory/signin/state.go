package signin

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/device"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// state is what travels with the client between two steps, sealed for one
// pool, client and challenge. Its length tells nothing about whether the user
// exists.
type state struct {
	ID       string              // spent when a right answer used the state up
	Ends     int64               // microseconds since 1970
	Exists   int                 // 1: the user exists; 0: no user has the name
	Sub      user.Sub            // random if no user has the name
	Name     string              // as the client sent it first
	Proved   []credential.Factor // what is proved so far
	Password []byte              // the salt of the user's password; nil until a factor is proved
	Keep     []byte              // question.keep of the challenge
	Custom   *custom             `json:",omitempty"` // nil: the flow is not CUSTOM_AUTH
	Device   device.Key          `json:",omitempty"` // the device that the client named; "": none
	Risk     *risk.Assessment    `json:",omitempty"` // nil: not weighed
	Wanted   []int               `json:",omitempty"` // as in attempt
	Target   int                 `json:",omitempty"`
	Roams    bool                `json:",omitempty"` // the passkey that was proved is of another device
	Resumed  bool                `json:",omitempty"` // as in attempt
}

// carrier is where the client carries the state: in the Session, or for the
// challenges of SRP in a parameter that the answer repeats.
type carrier struct {
	parameter string       // of the challenge; "": the Session carries the state
	answer    string       // of the response
	broken    *fault.Error // the error for a state that we did not seal
}

var (
	inSession     = carrier{broken: ErrSessionInvalid}
	inSecretBlock = carrier{parameter: "SECRET_BLOCK", answer: "PASSWORD_CLAIM_SECRET_BLOCK", broken: ErrWrongPassword}
)

// put gives the sealed state to the client.
func (c carrier) put(ch *Challenge, client userpool.ClientID, sealed []byte) {
	if c.parameter == "" {
		ch.Session = joinSession(client, sealed)
		return
	}
	ch.Parameters[c.parameter] = base64.StdEncoding.EncodeToString(sealed)
}

// take returns the sealed state that the client sent back.
func (c carrier) take(in Response, client userpool.ClientID) ([]byte, error) {
	switch {
	case c.parameter != "":
		sealed, err := base64.StdEncoding.Strict().DecodeString(in.Answers[c.answer])
		if err != nil {
			return nil, c.broken.Because(err)
		}
		return sealed, nil
	case in.Session == "":
		return nil, ErrParameter.Saying("Missing required parameter Session")
	}
	of, sealed, err := splitSession(in.Session)
	if err == nil && of != client {
		err = ErrSessionInvalid
	}
	return sealed, err
}

// joinSession returns a Session: the id of the client, a zero byte, and the sealed
// state. The id is there for the operations that get a session and nothing else;
// it is a hint, and the state opens for that client alone.
func joinSession(client userpool.ClientID, sealed []byte) seal.Secret {
	return seal.Secret(base64.StdEncoding.EncodeToString(slices.Concat([]byte(client), []byte{0}, sealed)))
}

func splitSession(session seal.Secret) (userpool.ClientID, []byte, error) {
	plain, err := base64.StdEncoding.Strict().DecodeString(session.Reveal())
	if err != nil {
		return "", nil, ErrSessionInvalid.Because(err)
	}
	client, sealed, _ := bytes.Cut(plain, []byte{0})
	return userpool.ClientID(client), sealed, nil
}

func (a *attempt) sealContext(ch step) string {
	return "challenge:" + ch.rules().name + ":" + string(a.pool.ID) + ":" + string(a.client.ID)
}

// seal seals the state of an attempt that must answer ch next.
func (e *Engine) seal(ch step, a *attempt, keep []byte) ([]byte, error) {
	s := state{
		ID: ids.UUID(), Ends: a.now.Add(a.client.AuthSession()).UnixMicro(),
		Sub: user.Sub(ids.UUID()), Name: a.name, Proved: a.proved, Keep: keep, Custom: a.custom, Device: a.deviceKey(), Risk: a.risk,
		Wanted: a.wanted, Target: a.target, Roams: a.roams, Resumed: a.resumed,
	}
	if a.user != nil {
		s.Exists, s.Sub = 1, a.user.Sub
	}
	if len(a.proved) > 0 {
		s.Password = e.proofSalt(a)
	}
	plain, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("encode state of %s: %w", ch.rules().name, err)
	}
	return e.sealer.Seal(plain, a.sealContext(ch))
}

// open opens the state that the client sent with its answer to ch.
func (e *Engine) open(ch step, a *attempt, sealed []byte) (*state, error) {
	broken := ch.rules().carrier.broken
	plain, err := e.sealer.Open(sealed, a.sealContext(ch))
	if err != nil {
		return nil, broken.Because(err)
	}
	var s state
	if err := json.Unmarshal(plain, &s); err != nil {
		return nil, broken.Because(err)
	}
	if a.now.UnixMicro() >= s.Ends {
		return nil, ErrSessionExpired
	}
	if s.Resumed && a.issues { // only the pages know whether the browser's session goes on
		return nil, broken
	}
	a.name, a.proved, a.custom, a.named, a.risk = s.Name, s.Proved, s.Custom, s.Device, s.Risk
	a.wanted, a.target, a.roams, a.weighed = s.Wanted, s.Target, s.Roams, s.Risk != nil
	a.resumed = s.Resumed
	return &s, nil
}

// identify loads the user of the state. The answer's USERNAME may be any name
// of that user. For a name that no user has it does the same work.
func (e *Engine) identify(ctx context.Context, a *attempt, s *state, proves credential.Factor) error {
	sent := a.given["USERNAME"]
	u, err := e.look(ctx, a, sent, proves)
	if err != nil && !errors.Is(err, user.ErrUserNotFound) {
		return err
	}
	switch {
	case s.Exists == 1 && (u == nil || u.Sub != s.Sub):
		return ErrSessionInvalid
	case s.Exists == 1:
		a.user = u
		return a.stands(s)
	case !e.wouldName(a.pool, sent, s.Name):
		return ErrSessionInvalid
	}
	return nil
}

// wouldName reports whether sent would name the user with a name that no user
// has: it is that name or the user's made-up id, in the case of the pool.
func (e *Engine) wouldName(p *userpool.Pool, sent, name string) bool {
	sent = p.Case(sent)
	return sent == p.Case(name) || sent == p.Case(e.credentials.FakeUserID(p, name))
}

// stands checks what may have changed since a factor was proved. Before that
// the client is told nothing of the user.
func (a *attempt) stands(s *state) error {
	switch {
	case len(s.Proved) == 0:
		return nil
	case !bytes.Equal(s.Password, passwordSalt(a.user)):
		return ErrSessionUsed
	case !a.user.Enabled:
		return ErrDisabled
	}
	return nil
}

// passwordSalt tells one password of a user from the next. A user without a
// password has none.
func passwordSalt(u *user.User) []byte {
	if u.Password == nil {
		return nil
	}
	return u.Password.Salt
}

// proofSalt is passwordSalt for the state of an attempt. For a name that no user has it
// is made up: a pool's function may call an answer right all the same.
func (e *Engine) proofSalt(a *attempt) []byte {
	if a.user == nil {
		return e.credentials.FakeVerifier(a.pool, a.name).Salt
	}
	return passwordSalt(a.user)
}
