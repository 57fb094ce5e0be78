package arch

import (
	"go/ast"
	"go/types"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/directory/cognitoapi"
	"gatehouse/internal/directory/cognitoapi/wire"
)

// unread has the members of the operations' inputs that nothing reads, with the
// reason; what is inside them is not read either. The page docs/compatibility.md says
// the same of those that a caller would miss.
var unread = map[string]string{
	"AdminInitiateAuthInput.AnalyticsMetadata":           "nothing sends events to Pinpoint",
	"AdminRespondToAuthChallengeInput.AnalyticsMetadata": "nothing sends events to Pinpoint",
	"ConfirmForgotPasswordInput.AnalyticsMetadata":       "nothing sends events to Pinpoint",
	"ConfirmSignUpInput.AnalyticsMetadata":               "nothing sends events to Pinpoint",
	"ForgotPasswordInput.AnalyticsMetadata":              "nothing sends events to Pinpoint",
	"InitiateAuthInput.AnalyticsMetadata":                "nothing sends events to Pinpoint",
	"ResendConfirmationCodeInput.AnalyticsMetadata":      "nothing sends events to Pinpoint",
	"RespondToAuthChallengeInput.AnalyticsMetadata":      "nothing sends events to Pinpoint",
	"SignUpInput.AnalyticsMetadata":                      "nothing sends events to Pinpoint",

	"ConfirmSignUpInput.UserContextData":           "the history of a user has no confirmations",
	"ContextData.ServerName":                       "no event says which server the user spoke to",
	"ContextData.ServerPath":                       "no event says which server the user spoke to",
	"CreateTermsInput.Enforcement":                 "the model has one value",
	"CreateTermsInput.TermsSource":                 "the model has one value",
	"CreateUserPoolReplicaInput.RegionName":        "no replica can be made",
	"CreateUserPoolReplicaInput.UserPoolTags":      "no replica can be made",
	"CustomEmailLambdaVersionConfig.LambdaVersion": "the model has one value",
	"CustomSMSLambdaVersionConfig.LambdaVersion":   "the model has one value",
	"LimitDefinition.LimitClass":                   "the model has one value",
	"UpdateTermsInput.Enforcement":                 "the model has one value",
	"UpdateTermsInput.TermsSource":                 "the model has one value",
	"UpdateUserPoolReplicaInput.Status":            "the primary cannot be turned off",

	"AnalyticsConfiguration.*":  "refused",
	"InboundFederationLambda.*": "refused",
	"Routing.*":                 "refused",
}

// A member of an input that nothing reads would be a promise that an operation breaks
// in silence. What the operation's method calls in its package reads every member, at
// every depth, or refuses it.
func TestEveryMemberIsRead(t *testing.T) {
	reader, operations := newReader(t), reflect.TypeFor[wire.Operations]()
	used := map[string]bool{}
	for _, name := range cognitoapi.Offered() {
		field, _ := operations.FieldByName(name)
		check := membersCheck{read: reader.readBy(name), used: used, seen: map[reflect.Type]bool{}}
		for _, member := range check.missing(field.Type.In(1)) {
			t.Errorf("%s: nothing reads %s", name, member)
		}
	}
	for _, entry := range slices.Sorted(maps.Keys(unread)) {
		if !used[entry] {
			t.Errorf("%s does not belong in the table: it is read, or no input has it", entry)
		}
	}
}

// membersCheck compares the members of one input with what its operation reads.
type membersCheck struct {
	read map[string]bool
	used map[string]bool // the entries of unread that excuse a member
	seen map[reflect.Type]bool
}

// missing returns the members of a type of package wire, and of the types in it, that
// are neither read nor excused.
func (c *membersCheck) missing(t reflect.Type) (missing []string) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || !strings.HasSuffix(t.PkgPath(), "/wire") || c.seen[t] {
		return nil
	}
	c.seen[t] = true
	for i := range t.NumField() {
		member := t.Name() + "." + t.Field(i).Name
		switch {
		case c.read[member]:
			missing = append(missing, c.missing(t.Field(i).Type)...)
		case !c.excuses(member) && !c.excuses(t.Name()+".*"):
			missing = append(missing, member)
		}
	}
	return missing
}

func (c *membersCheck) excuses(entry string) bool {
	_, ok := unread[entry]
	c.used[entry] = c.used[entry] || ok
	return ok
}

// reader says what the functions of package cognitoapi read.
type reader struct {
	info      *types.Info
	functions map[string][]*ast.FuncDecl
}

func newReader(t *testing.T) *reader {
	s := load(t)
	p := s.pkgs["directory/cognitoapi"]
	return &reader{checkTypes(t, s, p), p.functions()}
}

// readBy returns the members that a function reads, or what it calls in its package.
func (r *reader) readBy(name string) map[string]bool {
	read, done := map[string]bool{}, map[string]bool{}
	for next := []string{name}; len(next) > 0; next = next[1:] {
		if done[next[0]] {
			continue
		}
		done[next[0]] = true
		called := map[string]bool{}
		for _, fn := range r.functions[next[0]] {
			collectReads(fn, r.info, "directory/cognitoapi/wire", read)
			collectCalls(fn, r.info, "directory/cognitoapi", called)
		}
		next = append(next, slices.Collect(maps.Keys(called))...)
	}
	return read
}
