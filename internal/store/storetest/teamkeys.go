package storetest

import (
	"testing"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/gateway/access"
)

func testTeamKeys(t *testing.T, s Store) {
	_, err := s.TeamKey(ctx(t))
	wantErr(t, "TeamKey", err, access.ErrNoTeamKey)
	var saved [8]*access.TeamKey
	race(t, len(saved), nil, func(i int) (err error) {
		saved[i], err = s.KeepTeamKey(ctx(t), &access.TeamKey{ID: ids.Hex(32), Sealed: []byte{0, byte(i)}, Certificate: []byte{1}, Created: asStored(now)})
		return err
	})
	got := mustGet[*access.TeamKey](t)(s.TeamKey(ctx(t)))
	for _, k := range saved {
		wantEqual(t, "KeepTeamKey", k, got)
	}
}
