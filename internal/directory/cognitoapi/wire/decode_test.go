package wire

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
)

func TestDecode(t *testing.T) {
	in := &CreateManagedLoginBrandingInput{}
	body := " \n{\"UserPoolId\" : \"us-east-1_A\\u0062c\" ,\t\"ClientId\":\"\\ud83d\\ude00\\\"\\\\\\/\\n\"," +
		`"UseCognitoProvidedValues":"True","Settings":{"b":[1,2.50,{"c":null}]},"Assets":[{"Bytes":"AAEC","Category":"FORM_LOGO"}],"clientid":"ignored"} `
	if err := decodeBody([]byte(body), in); err != nil {
		t.Fatal(err)
	}
	want := &CreateManagedLoginBrandingInput{
		UserPoolID: new("us-east-1_Abc"), ClientID: new("😀\"\\/\n"), UseCognitoProvidedValues: new(true),
		Settings: json.RawMessage(`{"b":[1,2.50,{"c":null}]}`),
		Assets:   []Asset{{Bytes: []byte{0, 1, 2}, Category: new("FORM_LOGO")}},
	}
	if diff := cmp.Diff(want, in); diff != "" {
		t.Errorf("decoded (-want +got):\n%s", diff)
	}
}

func TestAbsentAndEmptyMembersDiffer(t *testing.T) {
	in := &CreateUserPoolInput{}
	if err := decodeBody([]byte(`{"Schema":[],"UserPoolTags":{},"AliasAttributes":null,"UsernameAttributes":[null]}`), in); err != nil {
		t.Fatal(err)
	}
	if in.Schema == nil || in.UserPoolTags == nil || in.UsernameAttributes == nil || in.AliasAttributes != nil || in.LambdaConfig != nil {
		t.Errorf("decoded %+v", in)
	}
}

func TestWholeNumbers(t *testing.T) {
	accepted := map[string]int64{"5": 5, "-3": -3, "5.0": 5, "1e1": 10, "2147483647": 2147483647, "-2147483648": -2147483648}
	for text, want := range accepted {
		in := &ListGroupsInput{}
		if err := decodeBody([]byte(`{"Limit":`+text+`}`), in); err != nil || *in.Limit != want {
			t.Errorf("Limit %s = %v, %v, want %d", text, in.Limit, err, want)
		}
	}
	for _, text := range []string{"5.5", "2147483648", "-2147483649", "9223372036854775808", "1e400", `"5"`, "true", "[5]", "{}"} {
		in := &ListGroupsInput{}
		if err := decodeBody([]byte(`{"Limit":`+text+`}`), in); !errors.Is(err, ErrSerialization) {
			t.Errorf("Limit %s: %v, want a refusal", text, err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	const (
		notJSON   = "The request body is not valid JSON."
		field     = "Unexpected field type"
		value     = "Unexpected value type in payload"
		structure = "Start of structure or map found where not expected."
		list      = "Start of list found where not expected."
		twice     = "A member appears twice in the same structure."
		character = "A text holds a character that is not allowed."
	)
	tests := []struct{ name, body, want string }{
		{"cut off", `{"Username":"a"`, notJSON},
		{"trailing text", `{} x`, notJSON},
		{"two values", `{}{}`, notJSON},
		{"trailing comma", `{"Username":"a",}`, notJSON},
		{"comment", `{/**/}`, notJSON},
		{"single quotes", `{'Username':'a'}`, notJSON},
		{"bare control character", "{\"Username\":\"a\nb\"}", notJSON},
		{"bad escape", `{"Username":"\x41"}`, notJSON},
		{"not UTF-8", "{\"Username\":\"\xff\"}", notJSON},
		{"byte order mark", "\ufeff{}", notJSON},
		{"NaN", `{"Username":NaN}`, notJSON},
		{"a list", `[]`, field},
		{"a string", `"x"`, field},
		{"null", `null`, field},
		{"number for a string", `{"Username":1}`, "NUMBER_VALUE can not be converted to a String"},
		{"true for a string", `{"Username":true}`, "TRUE_VALUE can not be converted to a String"},
		{"false for a string", `{"Username":false}`, "FALSE_VALUE can not be converted to a String"},
		{"structure for a string", `{"Username":{"verificationCode":"172476"}}`, structure},
		{"list for a string", `{"Username":["a"]}`, list},
		{"string for a list", `{"UserAttributes":"nope"}`, field},
		{"number for a structure", `{"UserAttributes":[1]}`, field},
		{"structure for a list", `{"UserAttributes":{}}`, structure},
		{"list for a map", `{"ClientMetadata":[]}`, list},
		{"number in a map", `{"ClientMetadata":{"a":1}}`, "NUMBER_VALUE can not be converted to a String"},
		{"number in a list", `{"DesiredDeliveryMediums":[1]}`, "NUMBER_VALUE can not be converted to a String"},
		{"word for a boolean", `{"ForceAliasCreation":"yes"}`, value},
		{"number for a boolean", `{"ForceAliasCreation":1}`, value},
		{"a member twice", `{"Username":"a","Username":"b"}`, twice},
		{"a member twice, null first", `{"Username":null,"Username":"b"}`, twice},
		{"a member twice, escaped", `{"Username":"a","User\u006eame":"b"}`, twice},
		{"twice in a nested structure", `{"UserAttributes":[{"Name":"a","Name":"b"}]}`, twice},
		{"twice in a map", `{"ClientMetadata":{"a":"1","a":"2"}}`, twice},
		{"twice in what is ignored", `{"Later":{"a":1,"a":2}}`, twice},
		{"lone surrogate", `{"Username":"\ud800"}`, character},
		{"wrong pair", `{"Username":"\ud800\u0041"}`, character},
		{"NUL", `{"Username":"a\u0000"}`, character},
		{"deep in what is ignored", `{"Later":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, "The request body is nested too deeply."},
		{"deeper than the parser goes", strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000), notJSON},
		{"very many values", `{"Later":[` + strings.Repeat("0,", 100_000) + `0]}`, "The request body has too many values."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := decodeBody([]byte(tt.body), &AdminCreateUserInput{})
			if !errors.Is(err, ErrSerialization) {
				t.Fatalf("decode = %v, want a SerializationException", err)
			}
			if got := fault.As(err).Message; got != tt.want {
				t.Errorf("message = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestBlobsAndDocuments(t *testing.T) {
	for _, text := range []string{`"AA"`, `"A==="`, `"AAE-"`, `"AAF="`, `1`} {
		if err := decodeBody([]byte(`{"ImageFile":`+text+`}`), &SetUICustomizationInput{}); !errors.Is(err, ErrSerialization) {
			t.Errorf("ImageFile %s: %v, want a refusal", text, err)
		}
	}
	for _, text := range []string{`{"a":1,"a":2}`, `[{"x":"\u0000"}]`} {
		if err := decodeBody([]byte(`{"Credential":`+text+`}`), &CompleteWebAuthnRegistrationInput{}); !errors.Is(err, ErrSerialization) {
			t.Errorf("Credential %s: %v, want a refusal", text, err)
		}
	}
}

// A value must not keep the whole body in memory, and the body must not change
// under it.
func TestValuesAreCopies(t *testing.T) {
	body := []byte(`{"Username":"alice","AuthParameters":{"USERNAME":"alice"}}`)
	in := &InitiateAuthInput{}
	if err := decodeBody(body, in); err != nil {
		t.Fatal(err)
	}
	clear(body)
	if in.AuthParameters["USERNAME"] != "alice" {
		t.Errorf("USERNAME = %q after the body was overwritten", map[string]string(in.AuthParameters))
	}
}

func TestSecretsEncodeTheirText(t *testing.T) {
	out := &InitiateAuthOutput{Session: new(seal.Secret("the session"))}
	if got, want := string(encodeBody(out)), `{"Session":"the session"}`; got != want {
		t.Errorf("encoded %s, want %s", got, want)
	}
}
