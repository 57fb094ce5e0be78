package signin

import (
	"bytes"
	"context"
	"crypto/rand"
	"slices"

	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/passkey"
)

// WebAuthn is the name of the challenge of passkeys.
const WebAuthn = user.WebAuthn

// webAuthn is the challenge WEB_AUTHN: a passkey of the user signs a challenge. It
// is never due: the user chooses it.
type webAuthn struct{}

func (webAuthn) rules() rules {
	return rules{name: WebAuthn, carrier: inSession, needs: []string{"CREDENTIAL"}, proves: credential.FactorPasskey, wrong: passkey.ErrRefused}
}

func (webAuthn) due(context.Context, *Engine, *attempt) (bool, error) { return false, nil }

func (webAuthn) ask(ctx context.Context, e *Engine, a *attempt) (question, error) {
	rp, err := e.relyingParty(ctx, a.pool, a.client)
	if err != nil {
		return question{}, err
	}
	challenge := make([]byte, 32)
	rand.Read(challenge)
	options, err := passkey.Request(rp, challenge, e.passkeys(a, rp))
	return question{
		keep: challenge, available: e.firstFactors(a), parameters: map[string]string{"CREDENTIAL_REQUEST_OPTIONS": string(options)},
	}, err
}

// passkeys returns those that the user has for the relying party.
func (e *Engine) passkeys(a *attempt, rp passkey.RelyingParty) []passkey.Key {
	keys := slices.Clone(e.who(a).Security.Passkeys)
	if a.user == nil {
		for i := range keys {
			keys[i].RP = rp.ID
		}
	}
	return slices.DeleteFunc(keys, func(k passkey.Key) bool { return k.RP != rp.ID })
}

// answer checks the signature. If there is no such passkey, it does the same work
// and returns false. What the user can begin with may have changed since the
// question.
func (webAuthn) answer(ctx context.Context, e *Engine, a *attempt, kept kept) (bool, error) {
	asserted, err := passkey.ReadAsserted([]byte(a.given["CREDENTIAL"]))
	if err != nil {
		return false, err
	}
	rp, err := e.relyingParty(ctx, a.pool, a.client)
	if err != nil {
		return false, err
	}
	key, known := e.passkeyNamed(a, rp, asserted.ID())
	if err := asserted.Check(rp, kept.question, key, string(e.who(a).Sub)); err != nil || !known {
		return false, nil
	}
	if !slices.Contains(user.FirstFactors(a.pool, a.user), WebAuthn) {
		return false, nil
	}
	a.roams, a.secure = key.Attachment != "platform", countPasskey(key, asserted.Counter())
	return true, nil
}

// passkeyNamed returns the passkey of the user with an id, or else a made-up one.
func (e *Engine) passkeyNamed(a *attempt, rp passkey.RelyingParty, id []byte) (key passkey.Key, known bool) {
	if a.user != nil {
		for _, k := range e.passkeys(a, rp) {
			if bytes.Equal(k.ID, id) {
				return k, true
			}
		}
	}
	return passkey.Key{RP: rp.ID, Public: credential.NobodysKey()}, false
}

// countPasskey returns the change that notes how often the passkey has signed; nil if
// it does not count. Of two sign-ins with copies of it, which count alike, one succeeds.
func countPasskey(key passkey.Key, counter uint32) func(*user.Security) error {
	if counter == key.Counter {
		return nil
	}
	return func(s *user.Security) error {
		i := slices.IndexFunc(s.Passkeys, func(k passkey.Key) bool { return bytes.Equal(k.ID, key.ID) })
		if i < 0 || !s.Passkeys[i].GoesOn(counter) {
			return passkey.ErrRefused
		}
		s.Passkeys = slices.Clone(s.Passkeys)
		s.Passkeys[i].Counter = counter
		return nil
	}
}
