	.file	"x.c"
	.text
	.globl	g
	.type	g, @function
g:
	movl	n.2(%rip), %eax
	addl	$2, %eax
	movl	%eax, n.2(%rip)
	ret
	.size	g, .-g
	.globl	f
	.type	f, @function
f:
	movl	m.1(%rip), %eax
	addl	%eax, %eax
	movl	%eax, m.1(%rip)
	movl	n.0(%rip), %ecx
	leal	1(%rcx), %edx
	movl	%edx, n.0(%rip)
	addl	%edx, %eax
	ret
	.size	f, .-f
	.globl	h
	.type	h, @function
h:
	call	g
	ret
	.size	h, .-h
	.data
	.align 4
	.type	n.0, @object
	.size	n.0, 4
n.0:
	.long	4
	.align 4
	.type	m.1, @object
	.size	m.1, 4
m.1:
	.long	1
	.align 4
	.type	n.2, @object
	.size	n.2, 4
n.2:
	.long	4
	.section	.note.GNU-stack,"",@progbits
