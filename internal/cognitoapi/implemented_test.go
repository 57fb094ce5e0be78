package cognitoapi

import (
	"context"
	"testing"
)

type fakeAPI struct{ Unsupported }

func (*fakeAPI) DescribeUserPool(_ context.Context, in *DescribeUserPoolInput) (*DescribeUserPoolOutput, error) {
	return &DescribeUserPoolOutput{UserPool: &UserPool{ID: in.UserPoolID}}, nil
}

func TestImplementedFindsOverriddenMethods(t *testing.T) {
	got := Implemented(&fakeAPI{})
	if len(got) != 1 || got[0] != "DescribeUserPool" {
		t.Errorf("Implemented = %v, want [DescribeUserPool]", got)
	}
	type wider struct{ *fakeAPI }
	if got := Implemented(wider{&fakeAPI{}}); len(got) != 1 {
		t.Errorf("Implemented of an embedding type = %v", got)
	}
	if got := Implemented(Unsupported{}); len(got) != 0 {
		t.Errorf("Implemented(Unsupported{}) = %v, want none", got)
	}
}
