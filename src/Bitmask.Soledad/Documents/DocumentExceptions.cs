namespace Bitmask.Soledad;

/// <summary>A document could not be written as asked. Nothing of the transaction is kept unless the caller goes on with it.</summary>
public abstract class DocumentException(string message) : Exception(message);

/// <summary>The document has another revision than the caller expects: somebody changed it meanwhile. Read it again.</summary>
public sealed class RevisionConflictException(string id)
    : DocumentException($"Document {id} has changed meanwhile; read it again.");

/// <summary>There never was a document of this id.</summary>
public sealed class DocumentNotFoundException(string id) : DocumentException($"There is no document {id}.");

/// <summary>The document is deleted already.</summary>
public sealed class DocumentDeletedException(string id) : DocumentException($"Document {id} is deleted already.");

/// <summary>Not a document id, or not one JSON object.</summary>
public sealed class InvalidDocumentException(string message) : DocumentException(message);

/// <summary>The document is larger than <see cref="SoledadOptions.MaxDocumentOctets"/>.</summary>
public sealed class DocumentTooLargeException(string id, long octets, long limit)
    : DocumentException($"Document {id} has {octets} octets; the limit is {limit}.");
