package trigger

import (
	"context"

	"gatehouse/internal/base/pattern"
)

type agentKey struct{}

// WithAgent returns a context that carries the user agent of the program that
// calls the API: events tell functions its SDK.
func WithAgent(ctx context.Context, agent string) context.Context {
	return context.WithValue(ctx, agentKey{}, agent)
}

// Onward returns the context of work in the background with what functions are told
// of the caller of the request that asked for it.
func Onward(request, work context.Context) context.Context {
	agent, _ := request.Value(agentKey{}).(string)
	return WithAgent(work, agent)
}

var sdkForm = pattern.New(`\baws-sdk-([a-z0-9-]{1,32})/([0-9A-Za-z.-]{1,32})`)

// sdkOf returns the awsSdkVersion of an event.
func sdkOf(ctx context.Context) string {
	agent, _ := ctx.Value(agentKey{}).(string)
	if m := sdkForm.FindStringSubmatch(agent); m != nil {
		return "aws-sdk-" + m[1] + "-" + m[2]
	}
	return "aws-sdk-unknown-unknown"
}
