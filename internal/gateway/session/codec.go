package session

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/identity"
)

// sealedSession is the form of a session inside the seal. Its tokens are plain
// texts, because a seal.Secret encodes as "[redacted]".
type sealedSession struct {
	Identity    identity.Identity `json:"identity"`
	Provider    string            `json:"provider"`
	IDToken     string            `json:"id_token,omitempty"`
	Access      string            `json:"access_token,omitempty"`
	Refresh     string            `json:"refresh_token,omitempty"`
	TokenExpiry time.Time         `json:"token_expiry,omitzero"`
	Issued      time.Time         `json:"issued"`
	Authed      time.Time         `json:"authenticated,omitzero"`
	Notes       map[string]string `json:"notes,omitempty"`
	Client      Client            `json:"client,omitzero"`
	Devices     []identity.Device `json:"devices,omitempty"`
	Leased      time.Time         `json:"leased,omitzero"`
	Paused      time.Time         `json:"paused,omitzero"`
	Checked     time.Time         `json:"checked,omitzero"`
	Read        Mark              `json:"read,omitzero"`
}

// encode seals s, bound to its ID.
func encode(box *seal.Box, s Held) (Record, error) {
	plain, err := json.Marshal(sealedSession{
		Identity: s.Identity, Provider: s.Provider, IDToken: s.Tokens.ID.Reveal(), Access: s.Tokens.Access.Reveal(), Refresh: s.Tokens.Refresh.Reveal(),
		TokenExpiry: s.TokenExpiry, Issued: s.Issued, Authed: s.Authenticated, Notes: s.Notes, Client: s.Client, Devices: s.Devices, Leased: s.leased, Paused: s.paused, Checked: s.checked, Read: s.read,
	})
	if err != nil {
		return Record{}, fmt.Errorf("encode session %s: %w", s.ID, err)
	}
	return Record{
		ID: s.ID, Origin: s.Origin, Sealed: box.Seal(plain, sealContext(s.ID)),
		Created: s.Issued, Expires: s.Expires, Revision: s.Revision, Changed: s.changed,
	}, nil
}

// decode opens a record.
func decode(box *seal.Box, r Record) (Held, error) {
	plain, err := box.Open(r.Sealed, sealContext(r.ID))
	if err != nil {
		return Held{}, fmt.Errorf("open the seal of session %s: %w", r.ID, err)
	}
	var w sealedSession
	d := json.NewDecoder(bytes.NewReader(plain))
	d.UseNumber() // a claim can have more digits than a float64
	if err := d.Decode(&w); err != nil {
		return Held{}, fmt.Errorf("decode session %s: %w", r.ID, err)
	}
	w.Identity.SessionID = string(r.ID)
	s := &Session{
		ID: r.ID, Identity: w.Identity, Provider: w.Provider, Origin: r.Origin,
		TokenExpiry: w.TokenExpiry, Issued: w.Issued, Authenticated: w.Authed, Expires: r.Expires, Notes: w.Notes, Client: w.Client, Devices: w.Devices, Revision: r.Revision,
		leased: w.Leased, paused: w.Paused, checked: w.Checked, changed: r.Changed, read: w.Read, seen: newSeen(r.lastUse()),
	}
	return s.hold(Tokens{seal.Secret(w.IDToken), seal.Secret(w.Access), seal.Secret(w.Refresh)}), nil
}

func sealContext(id ID) string { return "session:" + string(id) }
