package signin

import (
	"context"
	"time"

	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/srp"
)

// PasswordVerifier is the name of the challenge of SRP.
const PasswordVerifier = "PASSWORD_VERIFIER"

// passwordVerifier is the challenge PASSWORD_VERIFIER: the client proves with
// SRP that it knows the password, without sending it. It is asked because a
// flow chose it, and never due.
type passwordVerifier struct{}

func (passwordVerifier) rules() rules {
	return rules{
		name: PasswordVerifier, carrier: inSecretBlock,
		needs:  []string{"PASSWORD_CLAIM_SECRET_BLOCK", "PASSWORD_CLAIM_SIGNATURE", "TIMESTAMP"},
		proves: credential.FactorPassword, wrong: ErrWrongPassword,
	}
}

func (passwordVerifier) due(context.Context, *Engine, *attempt) (bool, error) { return false, nil }

// ask answers SRP_A. For a name that no user has, the salt and the user id are
// made up, and are the same each time.
func (passwordVerifier) ask(_ context.Context, e *Engine, a *attempt) (question, error) {
	verifier, err := e.verifier(a)
	if err != nil {
		return question{}, err
	}
	server, err := srp.NewServer(verifier, a.given["SRP_A"])
	if err != nil {
		return question{}, err
	}
	keep, err := server.MarshalBinary()
	userID := e.srpUserID(a)
	return question{keep: keep, parameters: map[string]string{
		"SALT": verifier.SaltHex(), "SRP_B": server.SRPB(), "USERNAME": userID, "USER_ID_FOR_SRP": userID,
	}}, err
}

// answer checks the client's proof. If there is no password to prove, it does
// the same work and returns false.
func (passwordVerifier) answer(_ context.Context, e *Engine, a *attempt, kept kept) (bool, error) {
	var server srp.Server
	if err := server.UnmarshalBinary(kept.question); err != nil {
		return false, ErrWrongPassword.Because(err)
	}
	if err := a.checkTimestamp(); err != nil {
		return false, err
	}
	verifier, err := e.verifier(a)
	if err != nil {
		return false, err
	}
	right := server.Verify(verifier, srp.Claim{
		PoolName: a.pool.ID.Name(), UserID: e.srpUserID(a), SecretBlock: kept.sealed,
		Timestamp: a.given["TIMESTAMP"], Signature: a.given["PASSWORD_CLAIM_SIGNATURE"],
	})
	return right && a.hasVerifier(), nil
}

func (a *attempt) checkTimestamp() error {
	at, err := srp.ParseTimestamp(a.given["TIMESTAMP"])
	if err != nil {
		return err
	}
	if age := a.now.Sub(at); age > a.client.AuthSession()+time.Minute || age < -a.client.AuthSession() {
		return ErrSessionExpired
	}
	return nil
}

func (a *attempt) hasVerifier() bool { return a.user != nil && credential.HasVerifier(a.user) }

// verifier returns the user's SRP verifier, or a made-up one that no password
// fits. Of a password that another system hashed, the salt is the one that its
// verifier will have: it does not tell when that takes the place of the hash.
func (e *Engine) verifier(a *attempt) (srp.Verifier, error) {
	if a.hasVerifier() {
		return e.credentials.Verifier(a.user)
	}
	fake := e.credentials.FakeVerifier(a.pool, a.name)
	if a.user != nil && a.user.Password != nil {
		fake.Salt = a.user.Password.Salt
	}
	return fake, nil
}

// srpUserID returns the USER_ID_FOR_SRP.
func (e *Engine) srpUserID(a *attempt) string {
	if a.user == nil {
		return e.credentials.FakeUserID(a.pool, a.name)
	}
	return credential.UserID(a.pool, a.user)
}
