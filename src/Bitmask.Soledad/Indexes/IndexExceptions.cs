namespace Bitmask.Soledad;

/// <summary>An index could not be made or asked.</summary>
public abstract class IndexException(string message) : Exception(message);

/// <summary>There is no index of this name.</summary>
public sealed class IndexNotFoundException(string name) : IndexException($"There is no index {name}.");

/// <summary>There is an index of this name with another definition; delete it first.</summary>
public sealed class IndexNameTakenException(string name) : IndexException($"The index {name} exists with another definition; delete it first.");

/// <summary>The text is not an index expression, or the definition is over a limit.</summary>
public sealed class IndexDefinitionException(string message) : IndexException(message);

/// <summary>The number of values is not the number of the index's expressions, or after a wildcard something else than <c>*</c> follows.</summary>
public sealed class IndexQueryException(string message) : IndexException(message);
