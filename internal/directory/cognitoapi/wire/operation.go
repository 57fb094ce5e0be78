package wire

import (
	"context"
	"slices"
	"strings"
)

// Auth says how a caller proves that it may call an operation.
type Auth int

// The kinds of proof. An operation that needs no signature ignores one that is
// sent.
const (
	AuthSignature Auth = iota // an access key signs the request (SigV4)
	AuthToken                 // an access token, in the member AccessToken
	AuthNone                  // other members: a client secret, a session, a code
)

// Operation is one row of the table of all operations.
type Operation struct {
	Name       string
	Auth       Auth
	HasOutput  bool     // if false, a successful response has an empty body
	Exceptions []string // those that the model lists, sorted

	handler dispatcher
}

// Handler answers one operation. Its input satisfies the model's constraints.
// A nil output without an error stands for an empty output.
type Handler[I, O any] func(ctx context.Context, in *I) (*O, error)

// Table returns all operations, sorted by name.
func Table() []Operation { return slices.Clone(operations[:]) }

// Find returns the operation with a name, or nil if the API has none.
func Find(name string) *Operation {
	i, ok := slices.BinarySearchFunc(operations[:], name, func(op Operation, name string) int { return strings.Compare(op.Name, name) })
	if !ok {
		return nil
	}
	return &operations[i]
}

// Offered returns the names of the operations that o has a handler for,
// sorted.
func (o *Operations) Offered() []string {
	var names []string
	for _, op := range operations {
		if op.handler.offered(o) {
			names = append(names, op.Name)
		}
	}
	return names
}

// Decode reads the body of a request. It returns [ErrSerialization] if the body
// does not have the form of the operation's input.
func (op *Operation) Decode(body []byte) (Input, error) {
	in := op.handler.newInput()
	return in, decodeBody(body, in)
}

// Call calls the operation's handler in o and returns the body of the response.
// It returns [ErrOperationNotSupported] if o has no handler. in must come from
// Decode of the same operation.
func (op *Operation) Call(ctx context.Context, o *Operations, in Input) ([]byte, error) {
	if !op.handler.offered(o) {
		return nil, notSupported(op.Name)
	}
	out, err := op.handler.call(ctx, o, in)
	if err != nil || !op.HasOutput {
		return nil, err
	}
	return encodeBody(out), nil
}

// Allows reports whether the operation may answer with an exception: the model
// lists it for the operation, or every operation may answer with it.
func (op *Operation) Allows(exception string) bool {
	return slices.Contains(everywhere, exception) || slices.Contains(op.Exceptions, exception)
}

// everywhere has the exceptions that every operation may answer with, although
// the model does not list them.
var everywhere = []string{
	"AccessDeniedException", "ExpiredTokenException", "IncompleteSignatureException", "InvalidSignatureException",
	"MissingAuthenticationTokenException", "NotImplementedException", "RequestEntityTooLargeException",
	"SerializationException", "ServiceUnavailableException", "ThrottlingException", "TooManyRequestsException", "UnknownOperationException", "UnrecognizedClientException",
}

// dispatcher calls one operation's handler without naming its types.
type dispatcher interface {
	newInput() Input
	offered(*Operations) bool
	call(ctx context.Context, o *Operations, in Input) (output, error)
}

// field is a dispatcher: it selects the operation's handler in Operations.
type field[I, O any, PI interface {
	*I
	Input
}, PO interface {
	*O
	output
}] func(*Operations) Handler[I, O]

// handlerIn returns field as a dispatcher. The compiler infers the types from
// the field that selector returns.
func handlerIn[I, O any, PI interface {
	*I
	Input
}, PO interface {
	*O
	output
}](selector func(*Operations) Handler[I, O]) dispatcher {
	return field[I, O, PI, PO](selector)
}

func (f field[I, O, PI, PO]) newInput() Input { return PI(new(I)) }

func (f field[I, O, PI, PO]) offered(o *Operations) bool { return f(o) != nil }

func (f field[I, O, PI, PO]) call(ctx context.Context, o *Operations, in Input) (output, error) {
	out, err := f(o)(ctx, (*I)(in.(PI)))
	if err != nil {
		return nil, err
	}
	if out == nil {
		out = new(O)
	}
	return PO(out), nil
}
