// Package wire has the wire form of the API of Amazon Cognito user pools:
// AWS JSON 1.1, 140 operations.
//
// Most of it is generated from the service's model (gen/model.json) by
// cognitoapi/gen: the type of every input and output, how they are decoded,
// checked and encoded, and the table of operations. The other files are the
// machinery that the generated code calls.
//
//	body → [Operation.Decode] → [Validate] → [Operation.Call] → body
//
// [Operation.Call] calls the operation's function in [Operations]. The package
// has no rules beyond the model's constraints, and knows nothing of HTTP: both
// are package cognitoapi's.
package wire

//go:generate go run ../gen
