package transfer

import (
	"bytes"
	"encoding/json"
	"fmt"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/device"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// secret says what in the rows of a kind is sealed with the master keys.
type secret struct {
	field string
	// context is what ties the sealed value to its row.
	context func(pool userpool.PoolID, r Row) string
	// inside calls change with each sealed value of a document, and returns the
	// document with what change returned. nil: the whole field is one.
	inside func(document []byte, change change) ([]byte, error)
}

// change opens a sealed value, or seals a plain one.
type change func([]byte) ([]byte, error)

// unsealed opens what is sealed in a row, for the file.
func unsealed(s *seal.Sealer, pool userpool.PoolID, r Row) (Row, error) {
	return r.changed(pool, func(context string) change {
		return func(sealed []byte) ([]byte, error) { return s.Open(sealed, context) }
	})
}

// withNobody gives the row of a pool that has no secret of its own for its made-up
// users the one that follows from the master keys: those of another installation
// would make up others.
func (r Row) withNobody(s *seal.Sealer, pool userpool.PoolID) Row {
	if r.Kind != kinds[0] {
		return r
	}
	i := r.Kind.index("nobody")
	if own, _ := r.Values[i].([]byte); len(own) == 0 {
		r.Values[i] = credential.NobodySecret(s, pool)
	}
	return r
}

// resealed seals what was sealed in the row that the file was made from.
func resealed(s *seal.Sealer, pool userpool.PoolID, r Row) (Row, error) {
	return r.changed(pool, func(context string) change {
		return func(plain []byte) ([]byte, error) { return s.Seal(plain, context) }
	})
}

func (r Row) changed(pool userpool.PoolID, in func(context string) change) (Row, error) {
	for _, s := range r.Kind.secrets {
		i := r.Kind.index(s.field)
		next, err := s.changed(r.Values[i], in(s.context(pool, r)))
		if err != nil {
			return r, fmt.Errorf("%s of a %s: %w", s.field, r.Kind.Name, err)
		}
		r.Values[i] = next
	}
	return r, nil
}

func (s secret) changed(value any, do change) (any, error) {
	switch v := value.(type) {
	case []byte:
		return do(v)
	case json.RawMessage:
		next, err := s.inside(v, do)
		return json.RawMessage(next), err
	}
	return value, nil // no value
}

func insideClientSecrets(document []byte, do change) ([]byte, error) {
	return rewritten(document, func(list *[]userpool.ClientSecret) []*[]byte {
		var found []*[]byte
		for i := range *list {
			found = append(found, &(*list)[i].Sealed)
		}
		return found
	}, do)
}

func insideSecurity(document []byte, do change) ([]byte, error) {
	return rewritten(document, func(s *user.Security) []*[]byte {
		var found []*[]byte
		for _, app := range []*user.TOTP{s.TOTP, s.PendingTOTP} {
			if app != nil {
				found = append(found, &app.Sealed)
			}
		}
		return found
	}, do)
}

// rewritten reads a document, changes the values that found points to, and writes
// the document. One without such values stays as it is.
func rewritten[T any](document []byte, find func(*T) []*[]byte, do change) ([]byte, error) {
	var v T
	d := json.NewDecoder(bytes.NewReader(document))
	d.DisallowUnknownFields() // a member that nobody knows here may be sealed
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	found := find(&v)
	for _, value := range found {
		next, err := do(*value)
		if err != nil {
			return nil, err
		}
		*value = next
	}
	if len(found) == 0 {
		return document, nil
	}
	return json.Marshal(v)
}

// The contexts whose parts are in the row.

func clientContext(_ userpool.PoolID, r Row) string {
	return userpool.ClientSecretContext(userpool.ClientID(r.text("id")))
}

func signingKeyContext(pool userpool.PoolID, r Row) string {
	return token.SigningKey{Pool: pool, Use: token.Use(r.text("use")), ID: r.text("id")}.SealContext()
}

func passwordContext(pool userpool.PoolID, r Row) string {
	return credential.PasswordContext(&user.User{Pool: pool, Sub: user.Sub(r.text("sub"))})
}

func totpContext(pool userpool.PoolID, r Row) string {
	return credential.TOTPContext(&user.User{Pool: pool, Sub: user.Sub(r.text("sub"))})
}

func deviceContext(pool userpool.PoolID, r Row) string {
	d := device.Device{Pool: pool, Sub: user.Sub(r.text("sub")), Key: device.Key(r.text("key"))}
	return d.SealContext()
}
