package storetest

import (
	"testing"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/gateway/access"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/message"
	"gatehouse/internal/operator"
)

// testEmpty shows that every kind of row that the master keys seal counts as
// content, and so do devices, which an installation would miss.
func testEmpty(t *testing.T, open func(testing.TB) Store) {
	for name, add := range map[string]func(*testing.T, Store) error{
		"nothing": nil,
		"pool":    func(t *testing.T, s Store) error { newPool(t, s); return nil },
		"access key": func(t *testing.T, s Store) error {
			return s.CreateKey(ctx(t), &operator.Key{ID: "k", Sealed: []byte{1}})
		},
		"identity provider": func(t *testing.T, s Store) error {
			return s.CreateIdentityProvider(ctx(t), &access.IdentityProvider{ID: ids.UUID(), Name: "n"})
		},
		"team key": func(t *testing.T, s Store) error {
			_, err := s.KeepTeamKey(ctx(t), &access.TeamKey{ID: ids.Hex(32), Sealed: []byte{1}, Certificate: []byte{1}})
			return err
		},
		"session": func(t *testing.T, s Store) error { newSession(t, s, session.Origin{}); return nil },
		"device":  func(t *testing.T, s Store) error { return s.CreateDevice(ctx(t), newGatewayDevice("u-1", now)) },
		"mark":    func(t *testing.T, s Store) error { _, err := s.KeepMark(ctx(t), []byte{1}); return err },
		"message": func(t *testing.T, s Store) error { return s.AddMessage(ctx(t), &message.Stored{Body: []byte{1}}) },
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			if add != nil {
				must(t, add(t, s))
			}
			wantEqual(t, "Empty", mustGet[bool](t)(s.Empty(ctx(t))), add == nil)
		})
	}
}
