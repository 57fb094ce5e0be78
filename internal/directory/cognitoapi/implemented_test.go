package cognitoapi

import (
	"slices"
	"testing"
)

func TestImplementedFindsOverriddenMethods(t *testing.T) {
	want := []string{"AdminDeleteUser", "AdminEnableUser", "AdminGetUser", "CreateUserPool", "InitiateAuth", "RevokeToken", "SetUICustomization", "StartWebAuthnRegistration"}
	type wider struct{ *fakeAPI }
	for _, o := range []Operations{&fakeAPI{}, wider{&fakeAPI{}}, &wider{&fakeAPI{}}} {
		if got := Implemented(o); !slices.Equal(got, want) {
			t.Errorf("Implemented(%T) = %v, want %v", o, got, want)
		}
	}
	if got := Implemented(Unsupported{}); len(got) != 0 {
		t.Errorf("Implemented(Unsupported{}) = %v, want none", got)
	}
}
