package wire

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestTableOfOperations(t *testing.T) {
	table := Table()
	if len(table) != 140 {
		t.Errorf("%d operations, want 140", len(table))
	}
	count := map[Auth]int{}
	empty := 0
	for _, op := range table {
		count[op.Auth]++
		if !op.HasOutput {
			empty++
		}
		if Find(op.Name) == nil {
			t.Errorf("Find does not find %s", op.Name)
		}
		if !slices.IsSorted(op.Exceptions) || len(op.Exceptions) == 0 {
			t.Errorf("%s lists the exceptions %v, want them sorted", op.Name, op.Exceptions)
		}
	}
	if count[AuthSignature] != 105 || count[AuthToken] != 24 || count[AuthNone] != 11 {
		t.Errorf("signed, token, neither: %d, %d, %d, want 105, 24, 11", count[AuthSignature], count[AuthToken], count[AuthNone])
	}
	if empty != 13 {
		t.Errorf("%d operations without output, want 13", empty)
	}
	if Find("NoSuchOperation") != nil {
		t.Error("Find finds an operation that the API does not have")
	}
}

func TestAnOperationWithoutHandlerIsNotSupported(t *testing.T) {
	for _, op := range Table() {
		in, err := op.Decode([]byte("{}"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = op.Call(t.Context(), &Operations{}, in)
		if !errors.Is(err, ErrOperationNotSupported) || !strings.Contains(err.Error(), op.Name) {
			t.Errorf("%s = %v, want that it is not offered", op.Name, err)
		}
	}
}

func TestCall(t *testing.T) {
	fault := errors.New("no such user")
	o := &Operations{
		AdminGetUser: func(_ context.Context, in *AdminGetUserInput) (*AdminGetUserOutput, error) {
			if *in.Username == "nobody" {
				return nil, fault
			}
			return &AdminGetUserOutput{Username: in.Username}, nil
		},
		AdminEnableUser: func(context.Context, *AdminEnableUserInput) (*AdminEnableUserOutput, error) { return nil, nil },
		DeleteUser:      func(context.Context, *DeleteUserInput) (*DeleteUserOutput, error) { return nil, nil },
	}
	tests := []struct {
		operation, body, want string
		err                   error
	}{
		{"AdminGetUser", `{"Username":"alice"}`, `{"Username":"alice"}`, nil},
		{"AdminGetUser", `{"Username":"nobody"}`, "", fault},
		{"AdminEnableUser", `{}`, `{}`, nil},
		{"DeleteUser", `{}`, "", nil}, // it has no output
	}
	for _, tt := range tests {
		op := Find(tt.operation)
		in, err := op.Decode([]byte(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		got, err := op.Call(t.Context(), o, in)
		if string(got) != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%s %s = %q, %v, want %q, %v", tt.operation, tt.body, got, err, tt.want, tt.err)
		}
	}
	if got, want := o.Offered(), []string{"AdminEnableUser", "AdminGetUser", "DeleteUser"}; !slices.Equal(got, want) {
		t.Errorf("Offered() = %v, want %v", got, want)
	}
}

func TestAllows(t *testing.T) {
	tests := []struct {
		operation, exception string
		want                 bool
	}{
		{"AdminGetUser", "UserNotFoundException", true},
		{"AdminGetUser", "UsernameExistsException", false},
		{"AdminGetUser", "SerializationException", true},
	}
	for _, tt := range tests {
		if got := Find(tt.operation).Allows(tt.exception); got != tt.want {
			t.Errorf("Allows(%s, %s) = %t, want %t", tt.operation, tt.exception, got, tt.want)
		}
	}
}
