package cognitoapi

import (
	"reflect"
	"slices"
	"testing"

	"gatehouse/internal/directory/cognitoapi/wire"
)

// A method that API.Operations does not list would never be called.
func TestEveryMethodOfTheAPIIsOffered(t *testing.T) {
	offered := Offered()
	for m := range reflect.TypeFor[*API]().Methods() {
		if wire.Find(m.Name) != nil && !slices.Contains(offered, m.Name) {
			t.Errorf("API has the method %s, but API.Operations does not list it", m.Name)
		}
	}
}

func TestOfferedNamesOperations(t *testing.T) {
	offered := Offered()
	if len(offered) == 0 || !slices.IsSorted(offered) {
		t.Fatalf("Offered() = %v, want sorted names", offered)
	}
	for _, name := range offered {
		if _, ok := reflect.TypeFor[*API]().MethodByName(name); !ok {
			t.Errorf("%s is offered, but API has no method %s", name, name)
		}
	}
}
