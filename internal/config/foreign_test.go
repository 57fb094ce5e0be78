package config_test

import (
	"reflect"
	"testing"

	"gatehouse/internal/config"
)

// A key that Gatehouse has acts: the table of keys that it does not have would say
// something else of it.
func TestForeignKeysAreNotOwnKeys(t *testing.T) {
	for _, f := range config.ForeignKeys() {
		in := reflect.TypeFor[config.Config]()
		if f.Route {
			in = reflect.TypeFor[config.Route]()
		}
		for _, field := range reflect.VisibleFields(in) {
			if field.Tag.Get("key") == f.Key {
				t.Errorf("%s of %s is in the table of foreign keys", f.Key, in.Name())
			}
		}
	}
}
