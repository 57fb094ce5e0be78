package bearer

import (
	"context"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/identity"
	"gatehouse/internal/operator"
)

// Accounts check the tokens of service accounts.
type Accounts interface {
	// CheckAccount returns the account of a token, or operator.ErrAccountInvalid.
	CheckAccount(ctx context.Context, token seal.Secret) (*operator.Key, error)
}

// accountRecheck is how long what was read of an account counts. Its revocation is a
// change of sessions, and does not wait for that; its last use is as old at most.
const accountRecheck = time.Minute

// AccountsName is the provider of the sessions of service accounts, and begins their
// user ids: the configuration gives it to no provider and no issuer.
const AccountsName = "service-account"

// IsAccount reports whether a session is that of a service account.
func IsAccount(s *session.Session) bool { return s.Proof != nil && s.Provider == AccountsName }

// Account returns the session of a service account's token, which a caller presents. The
// errors are operator.ErrAccountInvalid, ErrTooMany and those of kind Unavailable.
func (r *Reader) Account(ctx context.Context, token, caller string) (*session.Session, error) {
	if r.Accounts == nil {
		return nil, operator.ErrAccountInvalid
	}
	return r.Sessions.Prove(ctx, newProof(seal.Secret(token), r.asking(caller, r.account), AccountsName))
}

func (r *Reader) account(ctx context.Context, p *proof) (*session.Session, error) {
	k, err := r.Accounts.CheckAccount(ctx, p.token)
	if err != nil {
		return nil, err
	}
	claims := map[string]any{"sub": k.Name, "groups": append([]string{}, k.Facts.Groups...)}
	for name, value := range k.Facts.Claims {
		claims[name] = value
	}
	who := identity.New(claims)
	who.UserID, who.Name, who.Provider = AccountsName+"/"+k.Name, k.Name, AccountsName
	if who.Groups = k.Facts.Groups; who.Groups == nil {
		who.Groups = []string{} // they are known
	}
	end := r.Sessions.EndOf(k.Expires)
	return &session.Session{
		Identity: who, Provider: AccountsName, Issued: r.Now(), Expires: end, ProvenUntil: earlier(end, r.Now().Add(accountRecheck)),
		Origin: session.Origin{Issuer: operator.AccountIssuer, Subject: k.ID},
	}, nil
}
