using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Proxying;

/// <summary>Takes fields that are changed before they go on.</summary>
internal readonly struct DictionaryFieldTarget(HeaderDictionary fields) : IFieldTarget
{
    public void Add(string name, string value) => fields[name] = value;
}
