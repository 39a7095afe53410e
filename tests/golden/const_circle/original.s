	.text
	.globl	f
	.type	f, @function
f:
	movslq	%edi, %rax
	salq	$4, %rax
	addq	$a, %rax
	ret
	.size	f, .-f
	.globl	g
	.type	g, @function
g:
	movslq	%edi, %rax
	salq	$4, %rax
	addq	$b, %rax
	ret
	.size	g, .-g
	.section	.rodata
	.align 16
	.type	a, @object
	.size	a, 16
a:
	.quad	b
	.long	5
	.zero	4
	.align 16
	.type	b, @object
	.size	b, 16
b:
	.quad	a
	.long	7
	.zero	4
