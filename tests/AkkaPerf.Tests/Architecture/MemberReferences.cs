using System.Reflection;
using System.Reflection.Emit;

namespace AkkaPerf.Tests.Architecture;

/// <summary>Everything that a type refers to: in its signatures and in the bodies of its methods.</summary>
internal static class MemberReferences
{
    private const BindingFlags Everything =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> OpCodeByValue = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    /// <summary>The types that a type refers to, taken apart down to the type arguments.</summary>
    public static IReadOnlySet<Type> TypesOf(Type type)
    {
        var found = new HashSet<Type>();
        Add(found, type.BaseType);
        foreach (var referred in type.GetInterfaces().Concat(type.GetFields(Everything).Select(field => field.FieldType)))
        {
            Add(found, referred);
        }

        foreach (var method in MethodsOf(type))
        {
            Add(found, (method as MethodInfo)?.ReturnType);
            foreach (var referred in method.GetParameters().Select(parameter => parameter.ParameterType)
                .Concat(method.GetMethodBody()?.LocalVariables.Select(local => local.LocalType) ?? []))
            {
                Add(found, referred);
            }
        }

        foreach (var member in CalledBy(type))
        {
            Add(found, member as Type ?? member.DeclaringType);
        }

        return found;
    }

    /// <summary>The members that the bodies of a type's methods name.</summary>
    public static IEnumerable<MemberInfo> CalledBy(Type type) => MethodsOf(type).SelectMany(Called);

    private static IEnumerable<MethodBase> MethodsOf(Type type) =>
        type.GetMethods(Everything).Cast<MethodBase>().Concat(type.GetConstructors(Everything));

    private static IEnumerable<MemberInfo> Called(MethodBase method)
    {
        var code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        for (var at = 0; at < code.Length;)
        {
            var isLong = code[at] == 0xFE;
            var operation = OpCodeByValue[isLong ? (short)(0xFE00 | code[at + 1]) : code[at]];
            at += isLong ? 2 : 1;
            if (operation.OperandType is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType
                && Resolve(method, BitConverter.ToInt32(code, at)) is { } member)
            {
                yield return member;
            }

            at += SizeOf(operation.OperandType, code, at);
        }
    }

    private static MemberInfo? Resolve(MethodBase method, int token) => method.Module.ResolveMember(
        token,
        method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null,
        method.IsGenericMethod ? method.GetGenericArguments() : null);

    private static int SizeOf(OperandType operand, byte[] code, int at) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
        _ => 4,
    };

    private static void Add(HashSet<Type> found, Type? type)
    {
        if (type is null || type.IsGenericParameter)
        {
            return;
        }

        if (type.HasElementType)
        {
            Add(found, type.GetElementType());
            return;
        }

        if (found.Add(type.IsGenericType ? type.GetGenericTypeDefinition() : type) || type.IsGenericType)
        {
            foreach (var argument in type.IsGenericType && !type.IsGenericTypeDefinition ? type.GetGenericArguments() : [])
            {
                Add(found, argument);
            }
        }
    }
}
