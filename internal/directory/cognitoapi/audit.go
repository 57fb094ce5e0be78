package cognitoapi

import (
	"context"
	"log/slog"
	"reflect"
	"slices"
	"strings"

	"gatehouse/internal/base/audit"
	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/cognitoapi/wire"
)

// audit writes down a change by somebody with an access key. Requests with the token of a
// user are the user's own.
func (s *Server) audit(ctx context.Context, c *call, op *wire.Operation, in any, err error) {
	if s.Audit == nil || !changes(op) {
		return
	}
	pool, details := targetsOf(in)
	audit.Write(ctx, s.Audit, audit.Change{
		Actor: audit.AccessKey, ActorID: c.caller.AccessKeyID, Action: op.Name, Target: pool, Details: details,
		RequestID: web.RequestID(ctx), Err: err,
	})
}

// changes reports whether an operation that is called with an access key changes
// anything. Signing in does not.
func changes(op *wire.Operation) bool {
	reads := []string{"Get", "List", "Describe", "AdminGet", "AdminList"}
	signIn := op.Name == "AdminInitiateAuth" || op.Name == "AdminRespondToAuthChallenge"
	return op.Auth == wire.AuthSignature && !signIn && !slices.ContainsFunc(reads, func(prefix string) bool { return strings.HasPrefix(op.Name, prefix) })
}

// targets are the members of inputs that say what is changed, with the attributes of the
// audit trail. None of them is a secret.
var targets = []struct{ member, attr string }{
	{"Username", "user"}, {"GroupName", "group"}, {"ClientId", "client"}, {"ClientName", "client_name"}, {"PoolName", "pool_name"}, {"ProviderName", "provider"},
	{"Identifier", "identifier"}, {"Domain", "domain"}, {"JobId", "job"}, {"JobName", "job_name"}, {"ResourceArn", "resource"}, {"DeviceKey", "device"},
}

// targetsOf returns the pool that an input names, and what else it names.
func targetsOf(in any) (pool string, details []slog.Attr) {
	pool = textMember(in, "UserPoolId")
	for _, t := range targets {
		if text := textMember(in, t.member); text != "" {
			details = append(details, slog.String(t.attr, text))
		}
	}
	return pool, details
}

// textMember returns a member of an input that is a text, or "". Its name is AWS's, which
// the field has with other capitals (UserPoolID).
func textMember(in any, name string) string {
	v := reflect.Indirect(reflect.ValueOf(in))
	if v.Kind() != reflect.Struct {
		return ""
	}
	member := reflect.Indirect(v.FieldByNameFunc(func(field string) bool { return strings.EqualFold(field, name) }))
	if !member.IsValid() || member.Kind() != reflect.String {
		return ""
	}
	return member.String()
}
