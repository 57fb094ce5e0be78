package userpool_test

import (
	"errors"
	"testing"

	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

func TestLevels(t *testing.T) {
	none := userpool.Settings{}
	if none.HasLevels() || none.LevelName(1) != "" || none.LevelNamed("") != 0 || none.LevelNamed("urn:cognito:loa:1") != 0 {
		t.Error("a pool without levels has some")
	}
	d := enginetest.New(t, userpool.Settings{Levels: []string{"bronze", "silver", "gold", userpool.DefaultLevel(4)}})
	s := d.Pool.Settings
	if s.LevelName(0) != "" || s.LevelName(3) != "gold" || s.LevelNamed("urn:cognito:loa:4") != 4 || s.LevelNamed("") != 0 {
		t.Errorf("levels %v: %q, %q, %d", s.Levels, s.LevelName(0), s.LevelName(3), s.LevelNamed("urn:cognito:loa:4"))
	}
	_, err := d.Pools.UpdatePool(t.Context(), d.Pool.ID, func(p *userpool.Pool) error {
		p.Settings.Levels = []string{"a", "b", "a", "d"}
		return nil
	})
	if !errors.Is(err, userpool.ErrSettings) {
		t.Errorf("one name for two levels: %v, want %v", err, userpool.ErrSettings)
	}
}
