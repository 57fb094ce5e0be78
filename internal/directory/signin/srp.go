package signin

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/srp"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// srpState is what the SECRET_BLOCK carries, sealed.
// Its length is the same whether the user exists or not.
type srpState struct {
	ID     string
	Exists int      // 1; 0: nobody has the name
	Sub    user.Sub // a made-up one when nobody has the name
	UserID string   // as the client got it
	Name   string   // as it was sent
	Server []byte
	Ends   int64 // microseconds since 1970
}

func srpContext(p *userpool.Pool, c *userpool.Client) string {
	return "srp:" + string(p.ID) + ":" + string(c.ID)
}

// StartSRP answers SRP_A with the challenge PASSWORD_VERIFIER. A name that
// nobody has gets one as well, when the client hides that: always the same
// salt and user id, and no password fits.
func (e *Engine) StartSRP(ctx context.Context, p *userpool.Pool, c *userpool.Client, name, srpA string) (*Outcome, error) {
	u, err := e.find(ctx, p, c, name)
	if err != nil {
		return nil, err
	}
	state := srpState{ID: ids.UUID(), Sub: user.Sub(ids.UUID()), Name: name, Ends: e.now().Add(c.AuthSession()).UnixMicro()}
	verifier := e.Credentials.NobodysVerifier(p, name)
	state.UserID = e.Credentials.NobodysUserID(p, name)
	if u != nil {
		state.Exists, state.Sub, state.UserID = 1, u.Sub, u.Username
	}
	if u != nil && u.Password != nil {
		if verifier, err = e.Credentials.Verifier(u); err != nil {
			return nil, err
		}
	}
	server, err := srp.NewServer(verifier, srpA)
	if err != nil {
		return nil, err
	}
	block, err := e.sealSRP(p, c, state, server)
	if err != nil {
		return nil, err
	}
	return &Outcome{Challenge: &Challenge{Name: PasswordVerifier, Parameters: map[string]string{
		"SALT": verifier.SaltHex(), "SRP_B": server.SRPB(), "SECRET_BLOCK": block,
		"USERNAME": state.UserID, "USER_ID_FOR_SRP": state.UserID,
	}}}, nil
}

func (e *Engine) sealSRP(p *userpool.Pool, c *userpool.Client, state srpState, server *srp.Server) (string, error) {
	var err error
	if state.Server, err = server.MarshalBinary(); err != nil {
		return "", err
	}
	b, err := json.Marshal(state)
	if err != nil {
		return "", err
	}
	sealed, err := e.Sealer.Seal(b, srpContext(p, c))
	return base64.StdEncoding.EncodeToString(sealed), err
}

func (e *Engine) openSRP(p *userpool.Pool, c *userpool.Client, block []byte) (*srpState, error) {
	b, err := e.Sealer.Open(block, srpContext(p, c))
	if err != nil {
		return nil, ErrWrongPassword.Because(err)
	}
	var state srpState
	if err := json.Unmarshal(b, &state); err != nil {
		return nil, ErrWrongPassword.Because(err)
	}
	if e.now().UnixMicro() >= state.Ends {
		return nil, ErrSessionExpired
	}
	return &state, nil
}

// spentFor is how much longer than a state lasts it is remembered that it was
// used, for nodes whose clocks differ.
const spentFor = 10 * time.Minute

// spend uses up the state.
func (e *Engine) spend(ctx context.Context, state *srpState) error {
	return e.Spent.Spend(ctx, state.ID, time.UnixMicro(state.Ends).Add(spentFor))
}

// VerifySRP answers PASSWORD_VERIFIER. block, signature and timestamp are as
// the client sent them, name is its USERNAME.
func (e *Engine) VerifySRP(ctx context.Context, p *userpool.Pool, c *userpool.Client, name, block, signature, timestamp string) (*Outcome, error) {
	raw, err := base64.StdEncoding.DecodeString(block)
	if err != nil {
		return nil, ErrWrongPassword.Because(err)
	}
	state, err := e.openSRP(p, c, raw)
	if err != nil {
		return nil, err
	}
	u, err := e.userOf(ctx, p, state, name)
	if err != nil {
		return nil, err
	}
	claim := srp.Claim{PoolName: p.ID.Name(), UserID: state.UserID, SecretBlock: raw, Timestamp: timestamp, Signature: signature}
	err = e.try(ctx, p, credential.Guesser(p, u, state.Name), func() (bool, error) {
		right, err := e.claimHolds(p, c, u, state, claim)
		if err != nil || !right {
			return false, err
		}
		return true, e.spend(ctx, state)
	})
	if err != nil {
		return nil, err
	}
	return e.proved(p, c, u)
}

// userOf returns the user that the state is about, nil when there was none.
// name must mean the same user.
func (e *Engine) userOf(ctx context.Context, p *userpool.Pool, state *srpState, name string) (*user.User, error) {
	if state.Exists == 1 {
		return e.sameUser(ctx, p, name, state.Sub)
	}
	if _, err := e.Users.Find(ctx, p, name); err != nil && !errors.Is(err, user.ErrUserNotFound) { // the same work
		return nil, err
	}
	if p.Case(name) != p.Case(state.Name) && name != state.UserID {
		return nil, ErrSessionInvalid
	}
	return nil, nil
}

// claimHolds checks the proof. For nobody it does the same work and says no.
func (e *Engine) claimHolds(p *userpool.Pool, c *userpool.Client, u *user.User, state *srpState, claim srp.Claim) (bool, error) {
	var server srp.Server
	if err := server.UnmarshalBinary(state.Server); err != nil {
		return false, ErrWrongPassword.Because(err)
	}
	at, err := srp.ParseTimestamp(claim.Timestamp)
	if err != nil {
		return false, err
	}
	if age := e.now().Sub(at); age > c.AuthSession()+time.Minute || age < -c.AuthSession() {
		return false, ErrSessionExpired
	}
	if u == nil || u.Password == nil {
		server.Verify(e.Credentials.NobodysVerifier(p, state.Name), claim)
		return false, nil
	}
	v, err := e.Credentials.Verifier(u)
	if err != nil {
		return false, err
	}
	return server.Verify(v, claim), nil
}
